/** Defines `<needlewise-chat>` and, when the page has none, puts one there with the script tag's attributes. */

import { NeedlewiseChat, setHome } from "./element";

const script = document.currentScript as HTMLScriptElement | null;
if (script?.src) setHome(new URL(script.src).origin);
if (!customElements.get("needlewise-chat")) customElements.define("needlewise-chat", NeedlewiseChat);

function place(): void {
  if (!script || document.querySelector("needlewise-chat")) return;
  const chat = document.createElement("needlewise-chat");
  Object.assign(chat.dataset, script.dataset);
  document.body.append(chat);
}

if (document.body && document.readyState !== "loading") place();
else addEventListener("DOMContentLoaded", place);
