/** The messages in their order, with days and names, and where the view stands among them. */

import { button, h, icon } from "./dom";
import { messages, type MessageActions } from "./message";
import type { Language, Texts } from "./texts";
import type { Entry } from "./types";
import { dayOf, timeOf } from "./when";

/** Milliseconds after which a sender is named anew. */
const PAUSE = 5 * 60_000;
/** Distance from the end, in CSS pixels, within which the view follows. */
const NEAR = 120;
/** Room above a message that is scrolled to: its sender's name. */
const ABOVE = 44;

export interface Transcript {
  readonly element: HTMLElement;
  /** The scrolling log, which takes the keyboard's focus. */
  readonly log: HTMLElement;
  /** Append; what is not live is not read out. */
  add(entries: Entry[], live: boolean): void;
  /** Show another state of an entry. */
  update(entry: Entry, detail?: string): void;
  /** Show or hide that an answer is being written. */
  typing(on: boolean): void;
  /** The first choice that is still open. */
  choice(): HTMLElement | null;
  toEnd(behavior?: ScrollBehavior): void;
}

export function createTranscript(texts: Texts, language: Language, actions: MessageActions): Transcript {
  const build = messages(texts, language, actions);
  const shown = new Map<Entry, HTMLElement>();
  let offering: HTMLElement[] = [];
  let last: Entry | null = null;

  const dots = h("div", { class: "typing", hidden: true, "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  const isNear = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
  const scrolled = (): void => {
    if (isNear()) pill.hidden = true;
  };
  const log: HTMLElement = h(
    "div",
    { class: "log", role: "log", "aria-label": texts.log, tabindex: 0, scroll: scrolled },
    dots,
  );
  const toEnd = (behavior: ScrollBehavior = "auto"): void => {
    pill.hidden = true;
    log.scrollTo({ top: log.scrollHeight, behavior });
  };
  const pill = button({ class: "pill", hidden: true, click: () => toEnd() }, icon("down"), texts.newMessages);

  /** A line above a message where the day or the sender changes. */
  const introduce = (entry: Entry): void => {
    const at = new Date(entry.at);
    const before = last && new Date(last.at);
    const name = senderOf(entry);
    const sameDay = before?.toDateString() === at.toDateString();
    if (!sameDay) dots.before(h("p", { class: "day" }, dayOf(at, language)));
    else if (senderOf(last!) === name && +at - +before < PAUSE) return;
    dots.before(
      h(
        "p",
        { class: "meta " + name },
        name !== "you" && h("span", { class: "round accent" }, icon(name === "staff" ? "person" : "spark")),
        h("strong", {}, texts[name]),
        h("time", { datetime: entry.at }, timeOf(at, language)),
      ),
    );
  };

  return {
    element: h("div", { class: "transcript" }, log, pill),
    log,

    add(entries, live) {
      const near = isNear();
      log.setAttribute("aria-live", live ? "polite" : "off");
      for (const entry of entries) {
        const element = build.build(entry, live);
        shown.set(entry, element);
        if (entry.sender === "person") {
          for (const offer of offering) build.settle(offer, entry.text);
          offering = [];
        } else offering.push(element);
        introduce(entry);
        dots.before(element);
        last = entry;
      }
      const first = shown.get(entries[0]!)!;
      if (!live) toEnd("instant");
      else if (entries[0]!.sender === "person") toEnd();
      // Not past the beginning of what has just come.
      else if (near) log.scrollTo({ top: Math.min(log.scrollHeight - log.clientHeight, first.offsetTop - ABOVE) });
      else pill.hidden = false;
    },

    update(entry, detail) {
      build.update(shown.get(entry)!, entry, detail);
    },

    typing(on) {
      const near = isNear();
      dots.hidden = !on;
      if (on && near) toEnd();
    },

    choice: () => offering.at(-1)?.querySelector<HTMLElement>(".choice") ?? null,
    toEnd,
  };
}

function senderOf(entry: Entry): "you" | "staff" | "assistant" {
  if (entry.sender === "person") return "you";
  return entry.topic === "staff" ? "staff" : "assistant";
}
