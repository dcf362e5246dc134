/** The `data-` attributes of the tag. */

import { parseColour, type Colour } from "./colour";
import { safeHref } from "./markup";

const DEFAULT_COLOUR: Colour = [12, 107, 104];

export interface Options {
  /** Where the chat API answers, without a slash at the end. */
  server: string;
  title: string | null;
  colour: Colour;
  language: string | null;
  /** Seconds until the invitation beside the launcher; `null` for none. */
  greetingDelay: number | null;
  greeting: string | null;
  open: boolean;
  privacy: string | null;
  emergency: string;
}

/** Read the attributes. `home` is the origin that the script came from. */
export function readOptions(data: DOMStringMap, home: string): Options {
  const delay = Number(data["greetingDelay"] || NaN);
  return {
    server: new URL(data["server"] || "/", home).href.replace(/\/+$/, ""),
    title: data["title"] || null,
    colour: parseColour(data["colour"] ?? "") ?? DEFAULT_COLOUR,
    language: data["language"] || null,
    greetingDelay: delay >= 0 ? delay : null,
    greeting: data["greeting"] || null,
    open: data["open"] !== undefined && data["open"] !== "false",
    privacy: data["privacy"] ? webAddress(data["privacy"]) : null,
    emergency: data["emergency"] || "911",
  };
}

/** An address of a web page: `https:`, or the page's own origin. */
function webAddress(address: string): string | null {
  try {
    const url = new URL(address, document.baseURI);
    return url.origin === location.origin ? url.href : safeHref(url.href);
  } catch {
    return null;
  }
}
