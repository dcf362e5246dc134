import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createComposer } from "../src/composer";
import { createMenu } from "../src/menu";
import { messages } from "../src/message";
import { readOptions } from "../src/options";
import { backOff } from "../src/patience";
import { pickLanguage, TEXTS } from "../src/texts";
import type { Button, Entry } from "../src/types";
import { calendarDay, dayOf } from "../src/when";

const HOME = "https://chat.example";
const { en } = TEXTS;

function reply(change: Partial<Entry>): Entry {
  return { id: "r", sender: "assistant", at: "2026-11-20T10:00:00Z", text: "Text", kind: "answer", ...change };
}

function build(entry: Entry, live = true) {
  const chosen: Button[] = [];
  const ratings: unknown[] = [];
  const chat = { rated: true, rate: async (_: Entry, helpful: boolean | null) => void ratings.push(helpful) };
  const builder = messages(en, "en", { chat, choose: (choice) => chosen.push(choice) });
  return { builder, chat, chosen, ratings, element: builder.build(entry, live) };
}

const all = (element: Element, selector: string): HTMLElement[] => [...element.querySelectorAll<HTMLElement>(selector)];

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(TEXTS.es), Object.keys(TEXTS.en));
});

test("the first language that there are texts for is taken", () => {
  assert.equal(pickLanguage(null, "", "fr-FR", "es-MX", "en"), "es");
  assert.equal(pickLanguage("de"), "en");
});

test("attributes are read, and what is wrong in them is left out", () => {
  const options = readOptions({ server: "https://x.example/", colour: "blue", privacy: "javascript:alert(1)" }, HOME);
  assert.equal(options.server, "https://x.example");
  assert.equal(options.privacy, null);
  assert.equal(options.greetingDelay, null);
  assert.equal(options.open, false);
  assert.equal(readOptions({}, HOME).server, HOME);
  assert.equal(readOptions({ privacy: "/privacy", open: "" }, HOME).privacy, "https://clinic.example/privacy");
  assert.equal(readOptions({ greetingDelay: "0" }, HOME).greetingDelay, 0);
});

test("waits double up to a limit, with a random half", () => {
  assert.deepEqual([0, 1, 2, 9].map((attempt) => backOff(attempt, () => 1)), [1000, 2000, 4000, 20_000]);
  assert.equal(backOff(3, () => 0), 4000);
});

test("days have names when they are near", () => {
  const now = new Date(2026, 10, 20, 0, 30);
  assert.equal(dayOf(new Date(2026, 10, 20, 0, 1), "en", now), "today");
  assert.equal(dayOf(new Date(2026, 10, 19, 23, 59), "es", now), "ayer");
  assert.equal(dayOf(new Date(2026, 10, 2), "en", now), "Monday, November 2");
  assert.equal(calendarDay("2026-11-20", "en"), "Nov 20, 2026");
});

test("a live emergency interrupts, has a heading and one big call button", () => {
  const entry = reply({ severity: "emergency", kind: "triage", text: "**[Call 911 now](tel:911).**\n\nDo not wait." });
  const { element } = build(entry);
  assert.equal(element.querySelector(".card")!.getAttribute("role"), "alert");
  assert.equal(element.querySelector("h3")!.textContent, en.emergency);
  assert.deepEqual(all(element, "a").map((link) => [link.getAttribute("href"), link.textContent]), [["tel:911", "Call 911 now"]]);
  assert.equal(build(entry, false).element.querySelector("[role=alert]"), null);
});

test("a triage that can wait for the clinic offers a call by number", () => {
  const text = "**Call the clinic today:** [+1 415-555-0132](tel:+14155550132). Someone should hear of it.";
  const { element } = build(reply({ severity: "call_clinic", kind: "triage", text }));
  assert.equal(element.querySelector(".call")!.textContent, "Call +1 415-555-0132");
  assert.equal(element.querySelector("[role=alert]"), null);
  assert.match(element.querySelector(".text")!.textContent!, /^Call the clinic today: \+1/);
});

test("choices report what was pressed; afterwards all are out of play and the one taken is marked", () => {
  const buttons: Button[] = [{ title: "Yes", token: "y" }, { title: "No", token: "n" }, { title: "Back", token: "b", role: "back" }];
  const { builder, element, chosen } = build(reply({ buttons }));
  const [, no, back] = all(element, ".choice") as HTMLButtonElement[];
  no!.click();
  assert.deepEqual(chosen, [buttons[1]]);
  assert.ok(back!.classList.contains("back"));
  builder.settle(element, "No");
  assert.ok(all(element, ".choice").every((choice) => (choice as HTMLButtonElement).disabled));
  assert.deepEqual(all(element, ".taken").map((choice) => choice.firstChild!.textContent), ["No"]);
});

test("a progress hint is text and a bar", () => {
  const bar = build(reply({ progress: { step: 3, total: 12 } })).element.querySelector("progress")!;
  assert.deepEqual([bar.getAttribute("value"), bar.getAttribute("max"), bar.getAttribute("aria-label")], ["3", "12", "Question 3 of 12"]);
});

test("an answer tells its source and asks whether it helped; a question does not ask", () => {
  const entry = reply({ source: { title: "Clinic page", reviewed: "2026-11-20" } });
  const { builder, element, ratings, chat } = build(entry);
  assert.match(element.querySelector("details")!.textContent!, /Clinic page.*Reviewed Nov 20, 2026/);
  const thumbs = all(element, ".rating button");
  thumbs[0]!.click();
  entry.helpful = true;
  builder.update(element, entry);
  assert.deepEqual(thumbs.map((thumb) => thumb.getAttribute("aria-pressed")), ["true", "false"]);
  thumbs[0]!.click();
  assert.deepEqual(ratings, [true, null]);
  chat.rated = false;
  builder.update(element, entry);
  assert.equal(element.querySelector(".rating"), null);
  assert.equal(build(reply({ kind: "question" })).element.querySelector(".rating"), null);
});

test("the field fits what is asked for, and keeps what is written", () => {
  const sent: string[] = [];
  const drafts: string[] = [];
  const composer = createComposer(en, { chat: { say: (text) => void sent.push(text) }, draft: (text) => drafts.push(text) });
  document.body.append(composer.element);
  const field = (): HTMLInputElement => composer.element.querySelector("#field")!;
  const type = (text: string): void => {
    field().value = text;
    field().dispatchEvent(new (document.defaultView as unknown as typeof globalThis).Event("input"));
  };
  type("Ada");
  const before = field();
  composer.expect(null);
  assert.equal(field(), before);
  composer.expect("name");
  assert.deepEqual([field().localName, field().value, field().getAttribute("autocomplete")], ["input", "Ada", "name"]);
  composer.expect("contact");
  type("+1 415");
  assert.deepEqual([field().inputMode, field().getAttribute("autocomplete")], ["tel", "tel"]);
  type("ada@");
  assert.deepEqual([field().inputMode, field().getAttribute("autocomplete")], ["email", "email"]);
  composer.expect("concern");
  assert.deepEqual([field().localName, field().getAttribute("rows")], ["textarea", "3"]);
  assert.equal(composer.element.querySelector("label")!.textContent, en.concern);
  composer.element.dispatchEvent(new (document.defaultView as unknown as typeof globalThis).Event("submit"));
  assert.deepEqual([sent, composer.draft, drafts.at(-1)], [["ada@"], "", ""]);
});

test("an empty message is not sent, and the characters left are told near the end", () => {
  const sent: string[] = [];
  const composer = createComposer(en, { chat: { say: (text) => void sent.push(text) }, draft: () => undefined });
  composer.draft = "   ";
  composer.element.dispatchEvent(new (document.defaultView as unknown as typeof globalThis).Event("submit"));
  assert.deepEqual(sent, []);
  composer.draft = "x".repeat(999);
  assert.equal(composer.element.querySelector(".count")!.textContent, "1 character left");
});

test("the menu opens, runs an item and closes", () => {
  const runs: string[] = [];
  const menu = createMenu("Menu", () => [["save", "Save", () => runs.push("save")]]);
  document.body.append(menu.element);
  menu.button.click();
  assert.equal(menu.button.getAttribute("aria-expanded"), "true");
  menu.element.querySelector<HTMLElement>("li button")!.click();
  assert.deepEqual(runs, ["save"]);
  assert.equal(menu.button.getAttribute("aria-expanded"), "false");
  assert.equal(menu.close(), false);
});
