/** A question or a text over the chat; the rest of the chat waits meanwhile. */

import { button, h, type Child } from "./dom";

export interface Sheet {
  readonly element: HTMLElement;
  focus(): void;
}

/**
 * @param body Paragraphs.
 * @param close The words and the deed of the button that leaves.
 * @param confirm The words and the deed of the button that does it, if there is something to do.
 */
export function createSheet(
  title: string,
  body: Child[],
  close: [label: string, run: () => void],
  confirm?: [label: string, run: () => void],
): Sheet {
  const leave = button({ class: "solid", click: close[1] }, close[0]);
  const element = h(
    "div",
    { class: "veil" },
    h(
      "div",
      {
        class: "sheet",
        role: confirm ? "alertdialog" : "dialog",
        "aria-modal": "true",
        "aria-labelledby": "sheet-title",
        "aria-describedby": "sheet-body",
      },
      h("h3", { id: "sheet-title" }, title),
      h("div", { id: "sheet-body" }, ...body.filter(Boolean).map((words) => h("p", {}, words))),
      h(
        "div",
        { class: "actions" },
        leave,
        confirm && button({ class: "solid danger", click: confirm[1] }, confirm[0]),
      ),
    ),
  );
  return { element, focus: () => leave.focus() };
}
