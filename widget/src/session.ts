/** What is kept of the chat in this tab. Nothing is written before the person has agreed. */

import type { Outgoing } from "./types";

export interface Kept {
  token: string;
  open: boolean;
  language: string;
  draft: string;
  outbox: Outgoing[];
}

export interface Session {
  /** What is kept, or `null` when there is no conversation. */
  readonly kept: Readonly<Kept> | null;
  /** Begin to keep. */
  begin(kept: Kept): void;
  /** Keep a change; without a conversation it is dropped. */
  update(change: Partial<Kept>): void;
  /** Forget everything. */
  forget(): void;
}

/** The conversation with a server in `sessionStorage`; in memory alone where a browser forbids storing. */
export function openSession(server: string): Session {
  const key = "needlewise:" + server;
  let kept: Kept | null = null;
  try {
    kept = JSON.parse(sessionStorage.getItem(key)!);
  } catch {
    // Blocked, or not ours: as if nothing were kept.
  }
  const write = (next: Kept | null): void => {
    kept = next;
    try {
      if (next) sessionStorage.setItem(key, JSON.stringify(next));
      else sessionStorage.removeItem(key);
    } catch {
      // Blocked or full: memory has it.
    }
  };
  return {
    get kept() {
      return kept;
    },
    begin: write,
    update: (change) => kept && write({ ...kept, ...change }),
    forget: () => write(null),
  };
}
