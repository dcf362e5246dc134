/** The round button that opens the chat, and the invitation beside it. */

import { button, h, icon } from "./dom";
import type { Texts } from "./texts";

export interface Launcher {
  readonly element: HTMLElement;
  readonly button: HTMLElement;
  /** Say whether the window is open and how many messages have come meanwhile. */
  show(open: boolean, unread: number): void;
  /** Invite to a chat, in these words. */
  invite(words: string): void;
  /** Move out of the way of what has the keyboard's focus on the page. */
  avoid(focused: Element | null): void;
}

export function createLauncher(texts: Texts, toggle: () => void): Launcher {
  let invitation: HTMLElement | undefined;
  const badge = h("span", { class: "badge", "aria-hidden": "true" });
  const opener = button(
    {
      class: "launcher round accent",
      part: "launcher",
      "aria-haspopup": "dialog",
      "aria-controls": "panel",
      click: toggle,
    },
    icon("chat"),
    icon("down"),
    badge,
  );
  const element = h("div", { class: "corner" }, opener);
  return {
    element,
    button: opener,

    show(open, unread) {
      const label = open ? texts.close : texts.open;
      opener.setAttribute("aria-expanded", String(open));
      opener.setAttribute("aria-label", unread ? `${label}, ${texts.unread(unread)}` : label);
      badge.hidden = !unread;
      badge.textContent = unread > 9 ? "9+" : String(unread);
      if (open) invitation?.remove();
    },

    invite(words) {
      invitation = h(
        "div",
        { class: "invitation" },
        button({ class: "invite", click: toggle }, words),
        button({ class: "plain round", "aria-label": texts.done, click: () => invitation?.remove() }, icon("close")),
      );
      element.append(invitation);
    },

    avoid(focused) {
      element.classList.remove("aside");
      if (!focused || focused === document.body) return;
      const mine = element.getBoundingClientRect();
      const { left, right, top, bottom, height } = focused.getBoundingClientRect();
      const under = right > mine.left && left < mine.right && bottom > mine.top && top < mine.bottom;
      // Something as large as the page, such as a focused region, would hide the launcher for ever.
      element.classList.toggle("aside", under && height < innerHeight / 2);
    },
  };
}
