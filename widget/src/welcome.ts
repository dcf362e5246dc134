/** What is shown before anything is stored: what this is, and the person's agreement. */

import { button, h, icon, type Child, type IconName } from "./dom";
import { link } from "./markup";
import type { Options } from "./options";
import type { Texts } from "./texts";

export interface Welcome {
  readonly element: HTMLElement;
  focus(): void;
  /** Show that the conversation is being started. */
  busy(on: boolean): void;
  /** Say why the person is here again. */
  notice(words: string): void;
}

export function createWelcome(texts: Texts, { privacy, emergency }: Options, start: () => void): Welcome {
  const [before, call, after] = texts.welcomeEmergency(emergency);
  const notice = h("p", { class: "notice", hidden: true });
  const starter = button({ class: "solid accent", "aria-describedby": "about agree", click: start }, texts.start);
  const line = (name: IconName, ...words: Child[]): HTMLElement =>
    h("li", { class: name === "phone" && "emergency" }, icon(name), h("span", {}, ...words));
  const element = h(
    "div",
    { class: "welcome" },
    notice,
    h("h3", {}, texts.welcome),
    h(
      "ul",
      { id: "about" },
      line("chat", texts.welcomeAutomated),
      line("info", texts.welcomeGeneral),
      line("privacy", texts.welcomeStored, privacy && " ", privacy && link(privacy, texts.privacy)),
      line("phone", before, link("tel:" + emergency, call), after),
      texts.answersInEnglish && line("language", texts.answersInEnglish),
    ),
    starter,
    h("p", { class: "small", id: "agree" }, texts.agree),
  );
  return {
    element,
    focus: () => starter.focus({ preventScroll: true }),
    busy(on) {
      starter.setAttribute("aria-disabled", String(on));
      starter.textContent = on ? texts.starting : texts.start;
    },
    notice(words) {
      notice.hidden = false;
      notice.textContent = words;
    },
  };
}
