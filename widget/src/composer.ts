/** Where the person writes. */

import type { Conversation } from "./conversation";
import { h, icon, type Attributes } from "./dom";
import type { Texts } from "./texts";
import type { Input } from "./types";

/** Characters that the chat API takes in one message. */
const LONGEST = 1000;
/** From how many characters left on the number is shown. */
const TELL = 100;

export interface Composer {
  readonly element: HTMLElement;
  /** What is written and not sent. */
  draft: string;
  focus(): void;
  /** Make ready for the answer to a question: keyboard, autofill, room. */
  expect(input: Input | null): void;
}

export interface ComposerActions {
  chat: Pick<Conversation, "say">;
  draft(text: string): void;
}

export function createComposer(texts: Texts, { chat, draft }: ComposerActions): Composer {
  let expected: Input | null | undefined;
  let control: HTMLInputElement | HTMLTextAreaElement = h("textarea");
  const label = h("label", { for: "field", class: "unseen" });
  const count = h("p", { class: "count", id: "count" });

  const send = (): void => {
    const text = control.value.trim();
    if (!text) return control.focus();
    composer.draft = "";
    chat.say(text);
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || control.enterKeyHint !== "send") return;
    event.preventDefault();
    send();
  };
  const changed = (): void => {
    const { value, style, localName } = control;
    const left = LONGEST - value.length;
    count.textContent = left <= TELL ? texts.left(left) : "";
    element.classList.toggle("filled", value.trim() !== "");
    // One way to be reached: the keyboard and the autofill that fit what is being typed.
    const way = /^[+(\d]/.test(value) ? "tel" : "email";
    if (control.inputMode) Object.assign(control, { inputMode: way, autocomplete: way });
    if (localName === "textarea") {
      style.setProperty("height", "auto");
      // Nothing is to be measured while the chat is closed.
      const height = control.scrollHeight;
      if (height) style.setProperty("height", `${height + 2}px`);
    }
    draft(value);
  };

  const row = h(
    "div",
    { class: "row" },
    control,
    // The focus, and with it a phone's keyboard, stays with the field.
    h(
      "button",
      { class: "send round", "aria-label": texts.send, mousedown: (event: Event) => event.preventDefault() },
      icon("send"),
    ),
  );
  const element = h(
    "form",
    { class: "composer", submit: (event: Event) => (event.preventDefault(), send()) },
    label,
    row,
    count,
  );
  const composer: Composer = {
    element,
    get draft() {
      return control.value;
    },
    set draft(text) {
      control.value = text;
      changed();
    },
    focus: () => control.focus({ preventScroll: true }),
    expect(input) {
      // A field that is replaced without need would cost a phone its keyboard.
      if (input === expected) return;
      expected = input;
      const long = input === "concern";
      const oneLine = input && !long;
      const attributes: Attributes = {
        id: "field",
        maxlength: LONGEST,
        placeholder: input ? texts[input] : texts.placeholder,
        "aria-describedby": "count",
        dir: "auto",
        // On a touch screen, the only key for a new line.
        enterkeyhint: long && matchMedia("(pointer: coarse)").matches ? "enter" : "send",
        autocomplete: input === "name" ? "name" : "off",
        autocapitalize: input === "name" ? "words" : null,
        inputmode: input === "contact" && "email",
        rows: oneLine ? null : long ? 3 : 1,
        input: changed,
        keydown: key,
      };
      const next = h(oneLine ? "input" : "textarea", attributes);
      const focused = control.matches(":focus");
      next.value = control.value;
      control.replaceWith(next);
      control = next;
      label.textContent = input ? texts[input] : texts.message;
      changed();
      if (focused) composer.focus();
    },
  };
  composer.expect(null);
  return composer;
}
