import "./page";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openSession } from "../src/session";

const SERVER = "https://chat.example";
const kept = { token: "t", open: true, language: "en", draft: "", outbox: [] };

beforeEach(() => sessionStorage.clear());

test("nothing is stored before there is a conversation", () => {
  const session = openSession(SERVER);
  session.update({ draft: "half a question" });
  assert.equal(session.kept, null);
  assert.equal(sessionStorage.length, 0);
});

test("what is kept is there after a reload, for this server alone", () => {
  openSession(SERVER).begin(kept);
  openSession(SERVER).update({ draft: "half" });
  assert.deepEqual(openSession(SERVER).kept, { ...kept, draft: "half" });
  assert.equal(openSession("https://other.example").kept, null);
});

test("forgetting leaves nothing", () => {
  const session = openSession(SERVER);
  session.begin(kept);
  session.forget();
  assert.equal(session.kept, null);
  assert.equal(sessionStorage.length, 0);
});

test("where storing is forbidden, memory serves", (context) => {
  const stored = Object.getOwnPropertyDescriptor(globalThis, "sessionStorage")!;
  Object.defineProperty(globalThis, "sessionStorage", {
    configurable: true,
    get() {
      throw new Error("SecurityError");
    },
  });
  context.after(() => Object.defineProperty(globalThis, "sessionStorage", stored));
  const session = openSession(SERVER);
  session.begin(kept);
  session.update({ open: false });
  assert.deepEqual(session.kept, { ...kept, open: false });
});
