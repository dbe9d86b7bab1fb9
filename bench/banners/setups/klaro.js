// As its annotated example: accept all is offered, nothing is on by default.
const service = (name, title, description) => ({ name, title, purposes: [name], translations: { en: { description } } });
window.klaroConfig = {
  version: 1,
  lang: "en",
  acceptAll: true,
  default: false,
  translations: {
    en: {
      privacyPolicyUrl: "/privacy",
      purposes: {
        statistics: { title: "Statistics" },
        marketing: { title: "Marketing" },
        personalisation: { title: "Personal content" },
        profiling: { title: "Profiling" },
      },
    },
  },
  services: [
    service("statistics", "Statistics", "Pages, time and browser."),
    service("marketing", "Marketing", "Which advertisement brought you here."),
    service("personalisation", "Personal content", "Offers that fit."),
    service("profiling", "Profiling", "Joining visits to an account."),
  ],
};
