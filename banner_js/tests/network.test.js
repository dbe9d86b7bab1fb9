import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { post } from "../src/network.js";

const answer = (status, headers = {}) => new Response("{}", { status, headers });

/** Answers in turn; an Error stands for a network that fails. */
function serve(...answers) {
  const calls = [];
  globalThis.fetch = async (url, options) => {
    calls.push({ at: Date.now(), options });
    const next = answers.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  return calls;
}

/** Lets time pass until the work is done. */
async function finish(work) {
  let result;
  work.then((value) => (result = { value }));
  for (let steps = 0; !result && steps < 10_000; steps++) {
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(100);
  }
  return result?.value;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
});

test("a request is repeated after growing pauses until it is answered", async () => {
  const calls = serve(new TypeError("no network"), answer(503), answer(500), answer(200));
  assert.deepEqual(await finish(post("/x", () => ({}))), {});
  const pauses = calls.slice(1).map(({ at }, index) => at - calls[index].at);
  assert.ok(pauses[0] >= 1000 && pauses[1] >= 2000 && pauses[2] >= 4000, String(pauses));
});

test("a pause is as long as the server asks, whatever it asks", async () => {
  const calls = serve(answer(429, { "Retry-After": "30" }), answer(503, { "Retry-After": "soon" }), answer(200));
  await finish(post("/x", () => ({})));
  assert.ok(calls[1].at - calls[0].at >= 30_000);
  assert.ok(calls[2].at - calls[1].at >= 2000);
});

test("a refusal is final", async () => {
  for (const status of [400, 403, 404, 413]) {
    const calls = serve(answer(status));
    assert.equal(await finish(post("/x", () => ({}))), null);
    assert.equal(calls.length, 1);
  }
});

test("what is no longer wanted is not sent", async () => {
  const bodies = [{}, null];
  const calls = serve(answer(503), answer(200));
  assert.equal(await finish(post("/x", () => bodies.shift())), null);
  assert.equal(calls.length, 1);
});

test("the body is text, with cookies, and outlives the page when browsers allow it", async () => {
  const calls = serve(answer(200), answer(200));
  await finish(post("/x", () => ({ text: "ä" })));
  await finish(post("/x", () => ({ text: "ä".repeat(40_000) })));
  assert.deepEqual(calls[0].options, {
    method: "POST",
    body: '{"text":"ä"}',
    credentials: "include",
    keepalive: true,
  });
  assert.equal(calls[1].options.keepalive, false);
});
