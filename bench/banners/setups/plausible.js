// The tracker of the pair: runs after consent, sends to the shop's own host.
import { init } from "/modules/@plausible-analytics/tracker/plausible.js";

init({ domain: "shop.example", endpoint: "/api/event", captureOnLocalhost: true, outboundLinks: true, logging: false });
