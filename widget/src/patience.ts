/** How long to wait before trying again, and what cuts the wait short. */

const FIRST = 1000;
const LONGEST = 20_000;

/** Milliseconds before try number `attempt` (from 0): doubling, with a random share so that clients spread. */
export function backOff(attempt: number, random: () => number = Math.random): number {
  return (Math.min(LONGEST, FIRST * 2 ** attempt) * (1 + random())) / 2;
}

export interface Patience {
  /** Wait so many milliseconds, or until woken; rejects when the chat is over. */
  wait(milliseconds: number): Promise<void>;
  /** End every wait. */
  wake(): void;
}

/** Waits that end early when the network comes back or when the person says "now". */
export function patience(signal: AbortSignal): Patience {
  const bell = new EventTarget();
  const wake = (): void => void bell.dispatchEvent(new Event("wake"));
  addEventListener("online", wake, { signal });
  signal.addEventListener("abort", wake);
  const wait = async (milliseconds: number): Promise<void> => {
    signal.throwIfAborted();
    await new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      const ring = (): void => (clearTimeout(timer), done(0));
      bell.addEventListener("wake", ring, { once: true });
    });
    signal.throwIfAborted();
  };
  return { wait, wake };
}
