import assert from "node:assert/strict";
import { test } from "node:test";
import { nextSession } from "../src/session.js";
import { uuid } from "../src/uuid.js";

const MINUTE = 60_000;
const idOf = (text) => text.split(".")[0];

test("a session goes on while no half hour passes without an event", () => {
  let text = nextSession("", 0);
  const first = idOf(text);
  for (let minute = 29; minute < 600; minute += 29) text = nextSession(text, minute * MINUTE);
  assert.equal(idOf(text), first);
});

test("after half an hour another one begins", () => {
  assert.notEqual(idOf(nextSession("one.0", 30 * MINUTE)), "one");
});

test("what is not a session begins one", () => {
  for (const text of ["", "one", "one.x"]) assert.match(nextSession(text, 7), /^[0-9a-f-]{36}\.7$/);
});

test("ids are random UUIDs of version 4", () => {
  const ids = Array.from({ length: 200 }, uuid);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
