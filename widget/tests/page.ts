/** A page without a browser, for the modules that make elements. Import it first. */

import { Window } from "happy-dom";

const page = new Window({ url: "https://clinic.example/treatments" });

for (const name of [
  "document",
  "Element",
  "HTMLElement",
  "HTMLInputElement",
  "HTMLTextAreaElement",
  "location",
  "matchMedia",
  "sessionStorage",
] as const) {
  Object.defineProperty(globalThis, name, { value: (page as never)[name], configurable: true, writable: true });
}

const bell = new EventTarget();
globalThis.addEventListener = bell.addEventListener.bind(bell) as typeof addEventListener;
globalThis.dispatchEvent = bell.dispatchEvent.bind(bell);

/** Set whether the browser believes that there is a network. */
export function network(onLine: boolean): void {
  Object.defineProperty(globalThis, "navigator", { value: { onLine, languages: ["en"] }, configurable: true });
}
network(true);

/** Show nodes as markup, to compare. */
export function markup(...nodes: Node[]): string {
  const box = document.createElement("div");
  box.append(...nodes);
  return box.innerHTML;
}
