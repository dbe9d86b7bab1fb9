import assert from "node:assert/strict";
import { test } from "node:test";
import { formatChoice, parseChoice } from "../src/choice.js";

const NOTICE = "3f2a9c0d11e2b7a4";

test("a choice is read as it was written", () => {
  for (const purposes of [[], ["statistics"], ["statistics", "own_purpose"]]) {
    for (const unconfirmed of ["", "decision=0b6f-1&action=accept"]) {
      const choice = { notice: NOTICE, purposes, unconfirmed };
      assert.deepEqual(parseChoice(formatChoice(choice)), choice);
    }
  }
});

test("a refusal is written the same for everybody", () => {
  assert.equal(formatChoice({ notice: NOTICE, purposes: [], unconfirmed: "" }), `${NOTICE}:none`);
});

test("anything else is no choice", () => {
  for (const text of ["", "none", `${NOTICE}:`, ":statistics", `${NOTICE}:statistics~`, `${NOTICE}:a b`, "%00:x~<"]) {
    assert.equal(parseChoice(text), null, text);
  }
});
