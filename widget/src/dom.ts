/** Elements made without markup: text can only ever become text. */

export type Child = Node | string | null | undefined | false;
type Listener = (event: never) => void;
export type Attributes = Record<string, string | number | boolean | null | undefined | Listener>;

/**
 * Make an element.
 *
 * @param attributes A function is a listener of the event it is named after; `true` is an empty attribute;
 *   `false`, `null` and `undefined` are left out.
 */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...(children.filter(Boolean) as (Node | string)[]));
  return element;
}

/** A button that sends no form. */
export function button(attributes: Attributes, ...children: Child[]): HTMLButtonElement {
  return h("button", { type: "button", ...attributes }, ...children);
}

const PATHS = {
  chat: "M21 12a8 8 0 0 1-8 8H4l1.8-3A8 8 0 1 1 21 12ZM9 12h.01M13 12h.01M17 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  down: "M6 9l6 6 6-6",
  back: "M19 12H5M11 6l-6 6 6 6",
  send: "M12 19V5M6 11l6-6 6 6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  check: "M5 12.5l4.5 4.5L19 7.5",
  phone:
    "M6 3h3l2 5-3 2a11 11 0 0 0 6 6l2-3 5 2v3a3 3 0 0 1-3 3A15 15 0 0 1 3 6a3 3 0 0 1 3-3Z",
  alert: "M12 3L2 20h20ZM12 10v4M12 17h.01",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18ZM12 11v5M12 8h.01",
  up: "M7 11v9H4v-9ZM7 11l4-8a3 3 0 0 1 3 3v3h6l-2 11H7",
  save: "M12 4v12M6 10l6 6 6-6M5 20h14",
  erase: "M4 7h16M9 7V4h6v3M6 7v13h12V7",
  language: "M12 3a9 9 0 1 0 0 18 9 9 0 1 0 0-18ZM3 12h18M12 3q9 9 0 18M12 3q-9 9 0 18",
  privacy: "M6 11h12v9H6ZM8 11V8a4 4 0 0 1 8 0v3",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 1 0 0-8ZM5 20q7-9 14 0",
  spark: "M12 3c1 6 3 8 9 9-6 1-8 3-9 9-1-6-3-8-9-9 6-1 8-3 9-9Z",
} as const;

export type IconName = keyof typeof PATHS;

/** A decorative icon, drawn in the colour of the text. */
export function icon(name: IconName): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(namespace, "svg");
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", PATHS[name]);
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.setAttribute("class", "icon-" + name);
  drawing.append(path);
  return drawing;
}
