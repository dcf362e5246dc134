/** The menu: a button that shows and hides a list of buttons. */

import { button, h, icon, type IconName } from "./dom";

export type MenuItem = [icon: IconName, label: string, run: () => void];

export interface Menu {
  readonly element: HTMLElement;
  readonly button: HTMLElement;
  /** Hide the list and give the focus back to the button; false when it was hidden. */
  close(): boolean;
}

export function createMenu(label: string, items: () => MenuItem[]): Menu {
  const list = h("ul", { class: "menu", id: "menu", hidden: true });
  const show = (open: boolean): void => {
    list.hidden = !open;
    opener.setAttribute("aria-expanded", String(open));
  };
  const close = (): boolean => {
    if (list.hidden) return false;
    show(false);
    opener.focus();
    return true;
  };
  const toggle = (): void => {
    if (close()) return;
    const entries = items().map(([name, words, run]) =>
      h("li", {}, button({ click: () => (close(), run()) }, icon(name), words)),
    );
    list.replaceChildren(...entries);
    show(true);
    list.querySelector("button")!.focus();
  };
  const opener = button({ class: "plain round", "aria-label": label, "aria-controls": "menu", click: toggle }, icon("more"));
  const left = (event: FocusEvent): void => {
    if (!element.contains(event.relatedTarget as Node | null)) show(false);
  };
  const element = h("div", { focusout: left }, opener, list);
  show(false);
  return { element, button: opener, close };
}
