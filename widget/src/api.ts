/** One request to the chat API (docs/api.md). */

/** The server said no (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    /** The last part of `type`, such as `token-expired`. */
    readonly kind: string,
    readonly detail: string,
    /** Milliseconds to wait before the same may be asked again; 0 when the server did not say. */
    readonly pause: number,
  ) {
    super(detail);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/**
 * Ask the server.
 *
 * @param url The address under `/api/`, whole.
 * @throws Problem when it says no; another error when nothing answered.
 */
export async function request(url: string, token: string | null, options: RequestInit): Promise<Response> {
  const headers = new Headers(options.headers);
  if (token) headers.set("Authorization", "Bearer " + token);
  if (options.body) headers.set("Content-Type", "application/json");
  const response = await fetch(url, { ...options, headers, credentials: "omit" });
  if (response.ok) return response;
  // A proxy in between answers in its own words.
  const { type = "", detail = "" } = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After"));
  throw new Problem(response.status, type.split(":").pop(), detail, seconds * 1000 || 0);
}
