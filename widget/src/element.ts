/** `<needlewise-chat>`. */

import { readOptions } from "./options";
import styles from "./styles.css";
import { mount, type Widget } from "./widget";

let home = location.origin;

/** Say where the script came from: the server, unless `data-server` names another. */
export function setHome(origin: string): void {
  home = origin;
}

/**
 * The chat of a clinic, on the clinic's page. See docs/widget.md for its attributes.
 *
 * @fires needlewise-open - The window was opened.
 * @fires needlewise-close - The window was closed.
 * @fires needlewise-start - The person agreed, and a conversation was started.
 * @fires needlewise-end - The conversation is over; `detail` is `"erased"` or `"gone"`.
 */
export class NeedlewiseChat extends HTMLElement {
  #life?: AbortController;
  #widget?: Widget;

  connectedCallback(): void {
    this.#life = new AbortController();
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    root.adoptedStyleSheets = [sheet];
    this.#widget = mount(this, root, readOptions(this.dataset, home), this.#life.signal);
  }

  disconnectedCallback(): void {
    this.#life?.abort();
  }

  /** Open the chat. */
  open(): void {
    this.#widget?.open();
  }

  /** Close the chat. The conversation stays. */
  close(): void {
    this.#widget?.close();
  }
}
