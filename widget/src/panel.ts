/** The window of the chat: heading, menu, what is going on, messages, composer. */

import { createComposer, type Composer, type ComposerActions } from "./composer";
import type { Conversation, Link } from "./conversation";
import { button, h, icon, type Child } from "./dom";
import { link as linkTo } from "./markup";
import { createMenu, type MenuItem } from "./menu";
import type { MessageActions } from "./message";
import type { Options } from "./options";
import { createSheet, type Sheet } from "./sheet";
import type { Language, Texts } from "./texts";
import { createTranscript, type Transcript } from "./transcript";
import { createWelcome, type Welcome } from "./welcome";

/** What the person may do in the window. */
export interface PanelActions extends MessageActions, ComposerActions {
  chat: Conversation;
  start(): void;
  save(): Promise<void>;
  language(): void;
  close(): void;
}

export interface Panel {
  readonly element: HTMLDialogElement;
  readonly transcript: Transcript;
  readonly composer: Composer;
  readonly welcome: Welcome;
  /** Show the conversation, or the welcome before it. */
  chatting(on: boolean): void;
  /** Focus what the person most likely wants. */
  focus(): void;
  /** Leave the innermost thing that is open; false when that is the window itself. */
  escape(): boolean;
  /** Tell a screen reader. */
  announce(words: string): void;
  /** Show how it stands with the network. */
  link(state: Link): void;
}

export function createPanel(texts: Texts, language: Language, options: Options, actions: PanelActions): Panel {
  let sheet: Sheet | null = null;
  let inChat = false;
  const transcript = createTranscript(texts, language, actions);
  const composer = createComposer(texts, actions);
  const welcome = createWelcome(texts, options, actions.start);
  const status = h("p", { class: "unseen", role: "status" });
  const banner = h("div", { class: "banner", hidden: true });

  const announce = (words: string): void => {
    status.textContent = words;
  };
  const focus = (): void => {
    if (sheet) sheet.focus();
    else if (!inChat) welcome.focus();
    // On a touch screen the keyboard stays away until it is asked for.
    else if (matchMedia("(pointer: coarse)").matches) transcript.log.focus({ preventScroll: true });
    else composer.focus();
  };

  const show = (next: Sheet | null): void => {
    sheet?.element.remove();
    sheet = next;
    for (const part of parts) part.inert = !!next;
    if (next) element.append(next.element);
  };
  const leave = (): void => {
    show(null);
    menu.button.focus();
  };
  const tell = (title: string, ...body: Child[]): void => {
    show(createSheet(title, body, [texts.done, leave]));
    focus();
  };
  const attempt = async (deed: () => Promise<void>, title: string): Promise<void> => {
    try {
      await deed();
    } catch {
      tell(title, texts.failed);
    }
  };
  const askToErase = (): void => {
    show(
      createSheet(
        texts.eraseTitle,
        [texts.eraseText],
        [texts.cancel, leave],
        [texts.erase, () => void attempt(actions.chat.erase, texts.erase)],
      ),
    );
    focus();
  };
  const aboutPrivacy = (): void =>
    tell(
      texts.privacy,
      `${texts.welcomeAutomated} ${texts.welcomeGeneral}`,
      `${texts.welcomeStored} ${texts.privacyTab}`,
      options.privacy && linkTo(options.privacy, texts.privacy),
    );

  const menu = createMenu(texts.menu, () => {
    const items: (MenuItem | false)[] = [
      inChat && ["save", texts.save, () => void attempt(actions.save, texts.save)],
      ["language", texts.other, actions.language],
      ["privacy", texts.privacy, aboutPrivacy],
      inChat && ["erase", texts.erase, askToErase],
    ];
    return items.filter((item) => item !== false);
  });
  const header = h(
    "div",
    { class: "head" },
    h("span", { class: "round accent" }, icon("spark")),
    h("div", { class: "title" }, h("h2", { id: "title" }, options.title ?? texts.title), h("p", {}, texts.subtitle)),
    menu.element,
    button({ class: "plain round", "aria-label": texts.close, click: actions.close }, icon("close")),
  );
  const parts = [header, banner, welcome.element, transcript.element, composer.element];
  const element = h(
    "dialog",
    { class: "panel", id: "panel", part: "panel", "aria-labelledby": "title" },
    ...parts,
    status,
  );

  return {
    element,
    transcript,
    composer,
    welcome,
    announce,
    focus,

    chatting(on) {
      inChat = on;
      welcome.element.hidden = on;
      transcript.element.hidden = composer.element.hidden = !on;
    },

    escape() {
      if (sheet) leave();
      else return menu.close();
      return true;
    },

    link(state) {
      const words = texts[state];
      announce(words);
      banner.hidden = state === "online";
      banner.replaceChildren(
        icon("info"),
        h("span", {}, words),
        button({ class: "retry", hidden: state === "limited", click: actions.chat.retry }, texts.retry),
      );
    },
  };
}
