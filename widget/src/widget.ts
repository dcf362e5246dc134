/** The parts put together: one chat in one shadow root. */

import { css, legible, textOn, type Colour } from "./colour";
import { converse, type Conversation, type End, type View } from "./conversation";
import { h } from "./dom";
import { createLauncher, type Launcher } from "./launcher";
import type { Options } from "./options";
import { createPanel, type Panel } from "./panel";
import { openSession } from "./session";
import { pickLanguage, TEXTS } from "./texts";
import type { Button } from "./types";

/** The backgrounds that links stand on: `--soft` in styles.css, by day and by night. */
const DAY: Colour = [239, 244, 244];
const NIGHT: Colour = [32, 40, 43];
/** Milliseconds before an answer that is not there yet is shown as being typed. */
const TYPING = 250;

export interface Widget {
  open(): void;
  close(): void;
}

/**
 * Fill a host's shadow root.
 *
 * @param signal Ends everything.
 */
export function mount(host: HTMLElement, root: ShadowRoot, options: Options, signal: AbortSignal): Widget {
  const session = openSession(options.server);
  const small = matchMedia("(max-width: 480px), (max-height: 480px)");
  const page = document.documentElement;
  let language = pickLanguage(session.kept?.language, options.language, page.lang, ...navigator.languages);
  let texts = TEXTS[language];
  let conversation: Conversation;
  let panel: Panel;
  let launcher: Launcher;
  let isOpen = false;
  let unread = 0;
  let starting = false;
  let chosen = false;
  let opener: HTMLElement | null = null;
  let timer: ReturnType<typeof setTimeout>;

  const tell = (name: string, detail?: string): void => {
    host.dispatchEvent(new CustomEvent("needlewise-" + name, { bubbles: true, detail }));
  };

  // What the conversation tells.

  const view: View = {
    added(entries, live) {
      panel.chatting(true);
      panel.transcript.add(entries, live);
      const last = entries.at(-1)!;
      if (last.sender === "person") return;
      panel.composer.expect(last.input ?? null);
      if (!live) return;
      if (!isOpen) launcher.show(false, (unread += entries.length));
      if (chosen) moveOn();
    },
    changed(entry, detail) {
      panel.transcript.update(entry, detail);
      if (!conversation.rated) for (const other of conversation.entries.values()) panel.transcript.update(other);
      if (detail !== undefined) panel.composer.draft ||= entry.text;
    },
    waiting(on) {
      clearTimeout(timer);
      const show = (): void => {
        panel.transcript.typing(on);
        panel.announce(on ? texts.typing : "");
      };
      if (on) timer = setTimeout(show, TYPING);
      else show();
    },
    link(link) {
      panel.link(link);
      if (link !== "online") panel.transcript.typing(false);
    },
    ended(why) {
      unread = 0;
      begin(panel.composer.draft, why);
      tell("end", why);
    },
  };

  /** After a choice, go on to the next one or to the composer, unless the person went elsewhere. */
  const moveOn = (): void => {
    chosen = false;
    if (root.activeElement !== panel.transcript.log) return;
    const next = panel.transcript.choice();
    if (next) next.focus({ preventScroll: true });
    else panel.focus();
  };

  // What the person does.

  const start = async (): Promise<void> => {
    if (starting) return;
    starting = true;
    panel.welcome.busy(true);
    const draft = panel.composer.draft;
    try {
      await conversation.start(language);
      session.update({ draft, open: isOpen });
      panel.focus();
      tell("start");
    } catch {
      panel.welcome.notice(texts.failed);
    }
    starting = false;
    panel.welcome.busy(false);
  };

  const save = async (): Promise<void> => {
    const address = URL.createObjectURL(new Blob([await conversation.transcript()], { type: "text/plain" }));
    h("a", { href: address, download: `chat-${new Date().toISOString().slice(0, 10)}.txt` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };

  const choose = (choice: Button): void => {
    // The button will be disabled: the messages keep the focus until there is something to go on with.
    panel.transcript.log.focus({ preventScroll: true });
    chosen = true;
    conversation.say(choice.title, choice);
  };

  const otherLanguage = (): void => {
    language = language === "en" ? "es" : "en";
    session.update({ language });
    build(panel.composer.draft);
  };

  // What is shown.

  /** Build everything anew, in the language of the moment. */
  const build = (draft: string): void => {
    texts = TEXTS[language];
    panel = createPanel(texts, language, options, {
      chat: conversation,
      start: () => void start(),
      save,
      language: otherLanguage,
      choose,
      close: () => close(),
      draft: (draft) => session.update({ draft }),
    });
    launcher = createLauncher(texts, () => (isOpen ? close() : open()));
    const frame = h("div", { class: "frame", lang: language, keydown: key }, launcher.element, panel.element);
    const { colour } = options;
    const shades = { accent: colour, "on-accent": textOn(colour), day: legible(colour, DAY), night: legible(colour, NIGHT) };
    for (const [name, shade] of Object.entries(shades)) frame.style.setProperty("--" + name, css(shade));
    const dialog = panel.element;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => {
      if (!dialog.open && dialog.isConnected) close();
    });
    root.replaceChildren(frame);
    panel.chatting(!!session.kept);
    if (conversation.entries.size) view.added([...conversation.entries.values()], false);
    panel.composer.draft = draft;
    launcher.show(isOpen, unread);
    if (isOpen) {
      place();
      panel.focus();
    }
  };

  /** Begin with what is kept, or with the welcome. */
  const begin = (draft: string, after?: End): void => {
    conversation = converse(options.server, session, view);
    build(draft);
    if (session.kept) void conversation.resume();
    if (!after) return;
    panel.welcome.notice(texts[after]);
    panel.announce(texts[after]);
  };

  const show = (): void => {
    const active = document.activeElement;
    opener = active instanceof HTMLElement && active !== host && active !== document.body ? active : null;
    isOpen = true;
    launcher.show(true, (unread = 0));
    place();
    panel.transcript.toEnd("instant");
    session.update({ open: true });
    tell("open");
  };

  const open = (): void => {
    if (!isOpen) show();
    panel.focus();
  };

  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    panel.element.close();
    page.style.removeProperty("overflow");
    launcher.show(false, 0);
    session.update({ open: false });
    (opener?.isConnected ? opener : launcher.button).focus();
    tell("close");
  };

  /** In a corner of the page, or over the whole of a small screen; then the page behind it rests. */
  const place = (): void => {
    const dialog = panel.element;
    if (dialog.open) dialog.close();
    if (small.matches) dialog.showModal();
    else dialog.open = true;
    page.style.setProperty("overflow", small.matches ? "hidden" : "");
    fit();
  };

  /** Keep clear of the keyboard on the screen. */
  const fit = (): void => {
    const { height, offsetTop } = visualViewport!;
    panel.element.style.setProperty("--height", height + "px");
    panel.element.style.setProperty("--top", offsetTop + "px");
  };

  const key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !isOpen || event.isComposing) return;
    event.preventDefault();
    if (!panel.escape()) close();
  };

  // What the page does.

  const on = (target: EventTarget, names: string, listener: (event: Event) => void): void => {
    for (const name of names.split(" ")) target.addEventListener(name, listener, { signal, capture: true });
  };
  on(small, "change", () => {
    if (!isOpen) return;
    place();
    panel.focus();
  });
  on(visualViewport!, "resize scroll", fit);
  on(document, "visibilitychange", () => (document.hidden ? conversation.hush() : conversation.listen()));
  on(document, "focusin focusout scroll", () => {
    const focused = document.activeElement;
    launcher.avoid(isOpen || focused === host ? null : focused);
  });
  on(document, "click", (event) => {
    if (!(event.target as Element).closest("[data-needlewise-open]")) return;
    event.preventDefault();
    open();
  });
  signal.addEventListener("abort", () => {
    conversation.close();
    clearTimeout(timer);
    page.style.removeProperty("overflow");
  });

  begin(session.kept?.draft ?? "");
  const { greetingDelay } = options;
  if (session.kept?.open ?? options.open) {
    // By itself it opens beside the page, never over it, and takes no focus.
    if (!small.matches) show();
  } else if (!session.kept && greetingDelay !== null) {
    timer = setTimeout(() => isOpen || launcher.invite(options.greeting ?? texts.greeting), greetingDelay * 1000);
  }
  return { open, close };
}
