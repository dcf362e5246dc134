/** One message as it is shown. */

import type { Conversation } from "./conversation";
import { button, h, icon, type IconName } from "./dom";
import { render } from "./markup";
import type { Language, Texts } from "./texts";
import type { Button, Entry } from "./types";
import { calendarDay } from "./when";

/** The language of the assistant's answers. */
const ANSWERS = "en";

/** What the messages need to know and to tell. */
export interface MessageActions {
  chat: Pick<Conversation, "rated" | "rate">;
  choose(choice: Button): void;
}

const HEADINGS = {
  emergency: "alert",
  urgent: "alert",
  call_clinic: "phone",
  flag: "info",
} satisfies Record<string, IconName>;

/** A builder of messages in one language. A live emergency interrupts a screen reader; history does not. */
export function messages(texts: Texts, language: Language, { chat, choose }: MessageActions) {
  const person = (entry: Entry): HTMLElement =>
    h(
      "div",
      { class: "message person" },
      h("span", { class: "unseen" }, texts.you + ": "),
      h("div", { class: "text", dir: "auto" }, entry.text),
      h("p", { class: "note" }, entry.state && texts.sending),
    );

  const assistant = (entry: Entry, live: boolean): HTMLElement => {
    const { severity, progress, buttons } = entry;
    const look = severity ?? entry.kind ?? "";
    const heading = look in HEADINGS && (look as keyof typeof HEADINGS);
    const emergency = look === "emergency";
    const text = h("div", { class: "text", dir: "auto", lang: ANSWERS }, render(entry.text));
    const call = heading && severity && phoneCall(text);
    const step = progress && texts.step(progress.step, progress.total);
    return h(
      "div",
      { class: "message", "data-look": look },
      h(
        "div",
        { class: "card", role: emergency && live && "alert" },
        heading && h("h3", { class: "heading" }, icon(HEADINGS[heading]), texts[heading]),
        progress &&
          h(
            "div",
            { class: "step" },
            step,
            h("progress", { value: progress.step, max: progress.total, "aria-label": step }),
          ),
        emergency && call,
        text,
        !emergency && call,
      ),
      buttons?.[0] && h("div", { class: "choices", role: "group", "aria-label": texts.choices }, ...buttons.map(choice)),
      foot(entry),
    );
  };

  /** The first telephone link as a big button; a paragraph that held only the link goes. */
  const phoneCall = (text: HTMLElement): HTMLElement | null => {
    const link = text.querySelector<HTMLAnchorElement>('a[href^="tel:"]');
    if (!link) return null;
    const label = link.textContent;
    const paragraph = link.closest("p");
    if (paragraph?.textContent.replace(/[\s.!:]+$/, "") === label) paragraph.remove();
    const words = /[a-z]/i.test(label) ? label : `${texts.call} ${label}`;
    return h("a", { class: "call solid", href: link.href }, icon("phone"), h("bdi", {}, words));
  };

  const choice = (offered: Button): HTMLElement => {
    const back = offered.role === "back";
    return button(
      { class: back ? "choice back" : "choice", dir: "auto", lang: ANSWERS, click: () => choose(offered) },
      back && icon("back"),
      offered.title,
    );
  };

  const foot = (entry: Entry): HTMLElement | null => {
    const { source, kind } = entry;
    const rated = (kind === "answer" || kind === "flag") && chat.rated;
    if (!source && !rated) return null;
    const reviewed = source?.reviewed && texts.reviewed(calendarDay(source.reviewed, language));
    return h(
      "div",
      { class: "foot" },
      source &&
        h(
          "details",
          {},
          h("summary", {}, texts.source, icon("down")),
          h("p", { lang: ANSWERS }, source.title),
          reviewed && h("p", {}, reviewed),
        ),
      rated && rating(entry),
    );
  };

  const rating = (entry: Entry): HTMLElement => {
    const thumb = (value: boolean): HTMLElement =>
      button(
        {
          class: value ? "round" : "round down",
          "aria-label": value ? texts.yes : texts.no,
          click: () => void chat.rate(entry, entry.helpful === value ? null : value),
        },
        icon("up"),
      );
    const group = h(
      "div",
      { class: "rating", role: "group", "aria-label": texts.helpful },
      h("span"),
      thumb(true),
      thumb(false),
    );
    showRating(group, entry);
    return group;
  };

  const showRating = (group: Element, { helpful }: Entry): void => {
    group.querySelectorAll("button").forEach((thumb, index) => {
      thumb.setAttribute("aria-pressed", String(helpful === !index));
    });
    group.firstChild!.textContent = helpful == null ? texts.helpful : texts.thanks;
  };

  return {
    build: (entry: Entry, live: boolean): HTMLElement =>
      entry.sender === "person" ? person(entry) : assistant(entry, live),

    /** Show an entry's state anew: sending, refused, helpful. */
    update(element: HTMLElement, entry: Entry, detail?: string): void {
      const { state } = entry;
      const note = element.querySelector(".note");
      if (note) note.textContent = state === "failed" ? `${texts.notSent}. ${detail}` : state ? texts.sending : "";
      element.classList.toggle("failed", state === "failed");
      const group = element.querySelector(".rating");
      if (group && !chat.rated) group.remove();
      else if (group) showRating(group, entry);
    },

    /** Take the choices of a message out of play; the one that was taken stays marked. */
    settle(element: HTMLElement, taken: string): void {
      for (const offered of element.querySelectorAll<HTMLButtonElement>(".choice")) {
        offered.disabled = true;
        if (offered.textContent !== taken) continue;
        offered.classList.add("taken");
        offered.append(icon("check"), h("span", { class: "unseen" }, ", " + texts.chosen));
      }
    },
  };
}
