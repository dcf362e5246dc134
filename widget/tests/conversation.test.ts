import { network } from "./page";
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { converse, type Conversation, type Link } from "../src/conversation";
import { openSession } from "../src/session";
import type { Entry } from "../src/types";

type Answer = Response | Error | Promise<Response>;
interface Asked {
  call: string;
  body: { id?: string; text?: string; button?: string; consent?: boolean; helpful?: boolean | null } | undefined;
  token: string | null;
  cursor: string | null;
  signal: AbortSignal | null;
}

let asked: Asked[];
let script: Record<string, ((asked: Asked) => Answer)[]>;
let shown: Entry[];
let changes: [id: string, state: string | undefined, detail: string | undefined][];
let links: Link[];
let ends: string[];
let open: Conversation[];

const json = (body: unknown, status = 200, headers: HeadersInit = {}): Response =>
  new Response(JSON.stringify(body), { status, headers });
const problem = (status: number, kind: string, headers: HeadersInit = {}): Response =>
  json({ type: "urn:needlewise:problem:" + kind, detail: kind + "!" }, status, headers);
const replies = (...ids: string[]): Response => json({ replies: ids.map((id) => ({ id, text: id, kind: "answer" })) });
const started = (): Response => json({ token: "T1", replies: [{ id: "hello", text: "Hello", kind: "greeting" }] });
const stream = (...lines: string[]): Response =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(lines.join("\n") + "\n\n")) }));

/** What the server says to a call such as "POST messages", one after the other; the last is said for ever. */
function serve(call: string, ...answers: ((asked: Asked) => Answer)[]): void {
  script[call] = answers;
}

function begin(): Conversation {
  const conversation = converse("https://chat.example", openSession("s"), {
    added: (entries) => shown.push(...entries),
    changed: (entry, detail) => changes.push([entry.id, entry.state, detail]),
    waiting: () => undefined,
    link: (link) => links.push(link),
    ended: (why) => ends.push(why),
  });
  open.push(conversation);
  return conversation;
}

/** Let promises run, and time pass. */
async function pass(seconds = 0): Promise<void> {
  for (let turn = 0; turn <= seconds * 10; turn++) {
    for (let step = 0; step < 30; step++) await new Promise(setImmediate);
    if (turn < seconds * 10) mock.timers.tick(100);
  }
}

const calls = (call: string): Asked[] => asked.filter((one) => one.call === call);

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(AbortSignal, "timeout", () => new AbortController().signal);
  asked = [];
  shown = [];
  changes = [];
  links = [];
  ends = [];
  open = [];
  script = {};
  sessionStorage.clear();
  network(true);
  serve("POST conversations", started);
  serve("GET events", () => problem(404, "not-found"));
  serve("GET messages", () => json({ messages: [] }));
  mock.method(globalThis, "fetch", async (url: string, options: RequestInit) => {
    const headers = new Headers(options.headers);
    const call = `${options.method ?? "GET"} ${url.replace("https://chat.example/api/", "").replace(/\?.*/, "")}`;
    const one: Asked = {
      call,
      body: options.body ? JSON.parse(String(options.body)) : undefined,
      token: headers.get("Authorization"),
      cursor: headers.get("Last-Event-ID") ?? /after=(.*)/.exec(url)?.[1] ?? null,
      signal: options.signal ?? null,
    };
    asked.push(one);
    const answers = script[call] ?? [];
    const answer = await (answers.length > 1 ? answers.shift()! : answers[0]!)(one);
    if (answer instanceof Error) throw answer;
    return answer;
  });
});

afterEach(() => {
  for (const conversation of open) conversation.close();
  mock.timers.reset();
  mock.restoreAll();
});

test("a conversation begins with consent, and only then is something stored", async () => {
  const conversation = begin();
  await pass();
  assert.deepEqual([asked.length, sessionStorage.length], [0, 0]);
  await conversation.start("en");
  assert.deepEqual(calls("POST conversations").map(({ body, token }) => [body, token]), [[{ consent: true }, null]]);
  assert.deepEqual(shown.map(({ text }) => text), ["Hello"]);
  assert.equal(openSession("s").kept?.token, "T1");
});

test("a message whose answer got lost is sent again under the same id, and shown once", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", () => new TypeError("lost"), () => problem(503, "busy"), () => replies("a"));
  conversation.say("Does it hurt?");
  await pass(5);
  const sent = calls("POST messages");
  assert.equal(sent.length, 3);
  assert.equal(new Set(sent.map(({ body }) => body?.id)).size, 1);
  assert.deepEqual(shown.map(({ text }) => text), ["Hello", "Does it hurt?", "a"]);
  assert.deepEqual(links, ["reconnecting", "online"]);
  assert.equal(openSession("s").kept?.outbox.length, 0);
});

test("without a network it says so, and goes on as soon as there is one", async () => {
  const conversation = begin();
  await conversation.start("en");
  network(false);
  serve("POST messages", () => new TypeError("offline"), () => replies("a"));
  conversation.say("Hello?");
  await pass();
  assert.deepEqual(links, ["offline"]);
  network(true);
  dispatchEvent(new Event("online"));
  await pass();
  assert.deepEqual(links, ["offline", "online"]);
  assert.equal(shown.at(-1)?.text, "a");
});

test("too many messages wait for as long as the server says", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", () => problem(429, "rate-limited", { "Retry-After": "7" }), () => replies("a"));
  conversation.say("Again");
  await pass(6);
  assert.deepEqual([calls("POST messages").length, links], [1, ["limited"]]);
  await pass(2);
  assert.deepEqual([calls("POST messages").length, links], [2, ["limited", "online"]]);
});

test("messages go out in order, one at a time", async () => {
  const conversation = begin();
  await conversation.start("en");
  let answer!: (response: Response) => void;
  serve("POST messages", () => new Promise((resolve) => (answer = resolve)), () => replies("b"));
  conversation.say("first");
  conversation.say("second");
  await pass();
  assert.deepEqual(calls("POST messages").map(({ body }) => body?.text), ["first"]);
  answer(replies("a"));
  await pass();
  assert.deepEqual(shown.map(({ text }) => text), ["Hello", "first", "second", "a", "b"]);
});

test("a choice is sent by its token and shown by its title", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", () => replies("a"));
  conversation.say("No", { title: "No", token: "n" });
  await pass();
  const { id, ...rest } = calls("POST messages")[0]!.body!;
  assert.deepEqual([rest, shown[1]?.text, shown[1]?.id], [{ button: "n" }, "No", id]);
});

test("a refused message is marked with the reason, and the next one goes on", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", () => problem(413, "too-large"), () => replies("a"));
  conversation.say("long");
  conversation.say("short");
  await pass();
  assert.deepEqual(changes.map(([, state, detail]) => [state, detail]), [["failed", "too-large!"], ["", undefined]]);
  assert.equal(shown.at(-1)?.text, "a");
});

test("an expired token is renewed once, whoever asks", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", ({ token }) => (token === "Bearer T2" ? replies("a") : problem(401, "token-expired")));
  serve("GET transcript", ({ token }) => (token === "Bearer T2" ? new Response("text") : problem(401, "token-expired")));
  serve("POST token", () => json({ token: "T2" }));
  conversation.say("Hi");
  assert.equal(await conversation.transcript(), "text");
  await pass();
  assert.equal(calls("POST token").length, 1);
  assert.equal(openSession("s").kept?.token, "T2");
  assert.equal(shown.at(-1)?.text, "a");
});

test("a conversation that is gone ends, and nothing of it stays", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("POST messages", () => problem(401, "conversation-gone"));
  conversation.say("Still there?");
  await pass(30);
  assert.deepEqual(ends, ["gone"]);
  assert.equal(sessionStorage.length, 0);
  assert.equal(calls("POST messages").length, 1);
});

test("after a reload the history is read, and what was not answered is sent under its old id", async () => {
  const before = begin();
  await before.start("en");
  serve("POST messages", () => new TypeError("lost"));
  before.say("Unanswered");
  await pass();
  before.close();
  const id = calls("POST messages")[0]!.body!.id;
  shown = [];
  serve("GET messages", () => json({ messages: [{ id: "hello", text: "Hello", sender: "assistant", at: "2026-11-20T10:00:00Z" }] }));
  serve("POST messages", () => replies("a"));
  await begin().resume();
  await pass();
  assert.equal(calls("POST messages").at(-1)!.body!.id, id);
  assert.deepEqual(shown.map(({ text }) => text), ["Hello", "Unanswered", "a"]);
});

test("what another tab or a person of the clinic says arrives by itself, once", async () => {
  const data = (id: string): string => `id: ${id}\nevent: message\ndata: ${JSON.stringify({ id, text: id, sender: "assistant", at: "2026-11-20T10:00:00Z" })}\n`;
  serve("GET events", () => stream(data("x"), data("hello"), data("y")));
  await begin().start("en");
  await pass();
  assert.equal(calls("GET events")[0]!.cursor, "hello");
  assert.deepEqual(shown.map(({ text }) => text), ["Hello", "x", "y"]);
});

test("a cut stream is taken up after the last event", async () => {
  const ended = (id: string): Response => new Response(`id: ${id}\ndata: ${JSON.stringify({ id, text: id, sender: "assistant", at: "2026-11-20T10:00:00Z" })}\n\n`);
  serve("GET events", () => ended("x"), () => new TypeError("down"), () => new TypeError("down"), () => stream(": here"));
  await begin().start("en");
  await pass(8);
  assert.deepEqual(calls("GET events").map(({ cursor }) => cursor), ["hello", "x", "x", "x"]);
  assert.deepEqual(links, ["reconnecting", "online"]);
});

test("a silent stream counts as cut", async () => {
  const silent = ({ signal }: Asked): Response =>
    new Response(
      new ReadableStream({
        start: (controller) => signal!.addEventListener("abort", () => controller.error(new Error("cut"))),
      }),
    );
  serve("GET events", silent);
  await begin().start("en");
  await pass(39);
  assert.equal(calls("GET events").length, 1);
  await pass(3);
  assert.equal(calls("GET events").length, 2);
});

test("a cursor that the server does not know is answered with the whole history", async () => {
  serve("GET events", () => problem(404, "unknown-message"), () => stream(": here"));
  serve("GET messages", () => problem(404, "unknown-message"), () => json({ messages: [{ id: "z", text: "z", sender: "assistant", at: "2026-11-20T10:00:00Z" }] }));
  await begin().start("en");
  await pass(2);
  assert.deepEqual(shown.map(({ text }) => text), ["Hello", "z"]);
  assert.equal(calls("GET events").at(-1)!.cursor, "z");
});

test("a server without events is asked when the page is looked at", async () => {
  const conversation = begin();
  await conversation.start("en");
  await pass(10);
  assert.equal(calls("GET events").length, 1);
  conversation.hush();
  conversation.listen();
  await pass();
  assert.equal(calls("GET messages").length, 1);
});

test("an erasure in another tab ends this one", async () => {
  serve("GET events", () => stream("event: erased\ndata: {}"));
  await begin().start("en");
  await pass();
  assert.deepEqual([ends, sessionStorage.length], [["erased"], 0]);
});

test("erasing asks the server, and a failure leaves everything as it was", async () => {
  const conversation = begin();
  await conversation.start("en");
  serve("DELETE conversation", () => new TypeError("down"), () => new Response(null, { status: 204 }));
  await assert.rejects(conversation.erase());
  assert.deepEqual([ends, openSession("s").kept?.token], [[], "T1"]);
  await conversation.erase();
  assert.deepEqual([ends, sessionStorage.length], [["erased"], 0]);
});

test("a rating that cannot be kept is taken back; a server that takes none is not asked again", async () => {
  const conversation = begin();
  await conversation.start("en");
  const entry = shown[0]!;
  serve("POST feedback", () => new Response(null, { status: 204 }), () => new TypeError("down"), () => problem(404, "not-found"));
  await conversation.rate(entry, true);
  assert.equal(entry.helpful, true);
  await conversation.rate(entry, false);
  assert.equal(entry.helpful, true);
  assert.equal(conversation.rated, true);
  await conversation.rate(entry, null);
  assert.equal(conversation.rated, false);
});
