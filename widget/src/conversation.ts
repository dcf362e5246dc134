/** One conversation with the server: what was said, what is still to be sent, and what arrives by itself. */

import { Problem, request } from "./api";
import { readEvents } from "./events";
import { backOff, patience } from "./patience";
import type { Session } from "./session";
import type { Button, Entry, Message, Outgoing, Reply, Started } from "./types";

/** How it stands with the network. */
export type Link = "online" | "offline" | "reconnecting" | "limited";

/** Why a conversation is over. */
export type End = "gone" | "erased";

/** Who draws the conversation. */
export interface View {
  /** These are new; `live` is false for history, which is not announced. */
  added(entries: Entry[], live: boolean): void;
  /** An entry has another state than before; `detail` says what the server had against it. */
  changed(entry: Entry, detail?: string): void;
  /** An answer is being waited for. */
  waiting(on: boolean): void;
  link(link: Link): void;
  ended(why: End): void;
}

export interface Conversation {
  /** What was said, oldest first, by id. */
  readonly entries: ReadonlyMap<string, Entry>;
  /** Whether the server takes feedback. */
  rated: boolean;
  /** Start. The person has agreed that the conversation is stored. */
  start(language: string): Promise<void>;
  /** Go on with the conversation that this tab has kept. */
  resume(): Promise<void>;
  /** Send what was typed, or the choice with this title. */
  say(text: string, choice?: Button): void;
  /** Say whether a reply helped; `null` takes it back. */
  rate(entry: Entry, helpful: boolean | null): Promise<void>;
  /** The conversation as text, as the server tells it. */
  transcript(): Promise<string>;
  /** Erase the conversation on the server and here. */
  erase(): Promise<void>;
  /** Try now what is waiting to be tried again. */
  retry(): void;
  /** Take what arrives by itself, until {@link hush}. */
  listen(): void;
  /** Stop listening, as for a page that nobody sees. */
  hush(): void;
  /** Stop everything; what is kept stays kept. */
  close(): void;
}

/** Milliseconds for one request. */
const TIMEOUT = 45_000;
/** Milliseconds of silence after which the stream counts as cut; the server says something every 15 seconds. */
const SILENCE = 40_000;

/** The conversation that a session keeps, or the one that {@link Conversation.start} starts in it. */
export function converse(server: string, session: Session, view: View): Conversation {
  const entries = new Map<string, Entry>();
  const life = new AbortController();
  const { signal } = life;
  const { wait, wake } = patience(signal);
  let stream: AbortController | null = null;
  let pushed = true;
  let cursor: string | null = null;
  let pumping = false;
  let renewal: Promise<void> | null = null;
  let link: Link = "online";

  const setLink = (next: Link): void => {
    if (next !== link) view.link((link = next));
  };
  const lost = (): void => setLink(navigator.onLine ? "reconnecting" : "offline");

  const call = (method: string, path: string, token: string | null, body?: object): Promise<Response> =>
    request(`${server}/api/${path}`, token, {
      method,
      body: JSON.stringify(body) ?? null,
      signal: AbortSignal.timeout(TIMEOUT),
    });

  const renew = async (): Promise<void> => {
    try {
      const fresh = await call("POST", "token", session.kept!.token);
      session.update({ token: (await fresh.json()).token });
    } finally {
      renewal = null;
    }
  };

  /** Ask with the token, renewed once if it has expired. Any other 401 ends the conversation. */
  const authorized = async <T>(ask: (token: string) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    try {
      try {
        return await ask(session.kept!.token);
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== "token-expired") throw error;
        await (renewal ??= renew());
        return await ask(session.kept!.token);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Problem && error.status === 401) end("gone");
      throw error;
    }
  };
  const mine = (method: string, path: string, body?: object): Promise<Response> =>
    authorized((token) => call(method, path, token, body));

  /** Ask until there is an answer, or a "no" that waiting does not change. */
  const persist = async (ask: () => Promise<Response>): Promise<any> => {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await (await ask()).json();
        signal.throwIfAborted();
        setLink("online");
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        const problem = error instanceof Problem ? error : null;
        if (problem && !problem.passing) throw error;
        const delay = problem?.pause || backOff(attempt);
        if (problem?.status === 429) setLink("limited");
        else lost();
        await wait(delay);
      }
    }
  };

  /** Take in what is not here yet. */
  const add = (messages: Entry[], live: boolean): void => {
    const fresh = messages.filter((message) => {
      const known = entries.get(message.id);
      if (!known) entries.set(message.id, message);
      else if (message.helpful !== undefined && known.helpful !== message.helpful) {
        known.helpful = message.helpful;
        view.changed(known);
      }
      return !known;
    });
    if (fresh.length) view.added(fresh, live);
  };

  /** Show replies that came as an answer. */
  const receive = (replies: Reply[]): void =>
    add(
      replies.map((reply) => ({ ...reply, sender: "assistant", at: new Date().toISOString() })),
      true,
    );

  /** Read what was said after the cursor; false when the conversation is over. */
  const catchUp = async (live: boolean): Promise<boolean> => {
    const read = async (): Promise<Message[]> =>
      (await persist(() => mine("GET", "messages" + (cursor ? "?after=" + cursor : "")))).messages;
    try {
      const messages = await read().catch((error: unknown) => {
        if (!cursor) throw error;
        // The server does not know the cursor.
        cursor = null;
        return read();
      });
      add(messages, live);
      cursor = messages.at(-1)?.id ?? cursor;
      return true;
    } catch {
      return false;
    }
  };

  const deliver = async (outgoing: Outgoing): Promise<void> => {
    const { id, text, button } = outgoing;
    const entry = entries.get(id);
    let replies: Reply[] = [];
    let detail: string | undefined;
    try {
      ({ replies } = await persist(() => mine("POST", "messages", button ? { id, button } : { id, text })));
    } catch (error) {
      signal.throwIfAborted();
      detail = (error as Problem).detail;
    }
    session.update({ outbox: session.kept!.outbox.slice(1) });
    if (entry) {
      entry.state = detail === undefined ? "" : "failed";
      view.changed(entry, detail);
    }
    receive(replies);
  };

  /** Send the outbox in order: each until it is answered or refused, always under its own id. */
  const pump = async (): Promise<void> => {
    if (pumping) return;
    pumping = true;
    try {
      for (let head; (head = session.kept?.outbox[0]); ) {
        view.waiting(true);
        await deliver(head);
      }
      view.waiting(false);
    } catch {
      // The conversation is over.
    }
    pumping = false;
  };

  /** Take events until the stream is cut. */
  const listenOnce = async (outer: AbortSignal, opened: () => void): Promise<void> => {
    const cut = new AbortController();
    let silence: ReturnType<typeof setTimeout>;
    const alive = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => cut.abort(), SILENCE);
    };
    alive();
    try {
      const options = {
        headers: { Accept: "text/event-stream", "Last-Event-ID": cursor! },
        signal: AbortSignal.any([outer, signal, cut.signal]),
      };
      const { body } = await authorized((token) => request(server + "/api/events", token, options));
      opened();
      for await (const { name, id, data } of readEvents(body!, alive)) {
        if (name === "erased") end("erased");
        else if (name === "message") {
          cursor = id || cursor;
          add([JSON.parse(data)], true);
        }
      }
    } finally {
      clearTimeout(silence!);
      cut.abort();
    }
  };

  /** Follow the stream of events through cuts and restarts. A server without one is asked by hand instead. */
  const follow = async (outer: AbortSignal): Promise<void> => {
    for (let failures = 0; !outer.aborted && !signal.aborted; failures++) {
      try {
        if (failures > 1) lost();
        if (failures) await wait(backOff(failures - 1));
        await listenOnce(outer, () => {
          failures = 0;
          setLink("online");
        });
      } catch (error) {
        if (!(error instanceof Problem) || error.passing) continue;
        pushed = error.kind === "unknown-message";
        if (!pushed || !(await catchUp(true))) return;
      }
    }
  };

  const hush = (): void => {
    stream?.abort();
    stream = null;
  };
  const listen = (): void => {
    if (!cursor || stream || signal.aborted) return;
    const own = (stream = new AbortController());
    void (pushed ? follow(own.signal) : catchUp(true)).catch(() => undefined).then(() => {
      if (stream === own) stream = null;
    });
  };

  const end = (why: End): void => {
    if (signal.aborted) return;
    session.forget();
    life.abort();
    view.ended(why);
  };

  const conversation: Conversation = {
    entries,
    rated: true,

    async start(language) {
      const { token, replies }: Started = await persist(() =>
        call("POST", "conversations", null, { consent: true }),
      );
      session.begin({ token, open: true, language, draft: "", outbox: [] });
      receive(replies);
      cursor = replies.at(-1)?.id ?? null;
      listen();
    },

    async resume() {
      if (!(await catchUp(false))) return;
      add(session.kept!.outbox.map(sending), false);
      listen();
      void pump();
    },

    say(text, choice) {
      const outgoing: Outgoing = { id: crypto.randomUUID(), text };
      if (choice) outgoing.button = choice.token;
      session.update({ outbox: [...(session.kept?.outbox ?? []), outgoing] });
      add([sending(outgoing)], true);
      void pump();
    },

    async rate(entry, helpful) {
      const before = entry.helpful ?? null;
      const set = (value: boolean | null): void => {
        entry.helpful = value;
        view.changed(entry);
      };
      set(helpful);
      try {
        await mine("POST", "feedback", { reply: entry.id, helpful });
      } catch (error) {
        if (error instanceof Problem && error.kind === "not-found") conversation.rated = false;
        set(before);
      }
    },

    transcript: async () => (await mine("GET", "transcript")).text(),

    async erase() {
      await mine("DELETE", "conversation").catch((error: unknown) => {
        // Gone already is as good as erased.
        if (!signal.aborted) throw error;
      });
      end("erased");
    },

    retry: wake,
    listen,
    hush,
    close: () => life.abort(),
  };
  return conversation;
}

function sending({ id, text }: Outgoing): Entry {
  return { id, text, sender: "person", at: new Date().toISOString(), state: "sending" };
}
