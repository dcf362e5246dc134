/** The interface texts by language. */

import { en, type Texts } from "./en";
import { es } from "./es";

export type { Texts };
export type Language = "en" | "es";

export const TEXTS: Record<Language, Texts> = { en, es };

/** The first of the wished languages that there are texts for; English when there is none. */
export function pickLanguage(...wished: (string | null | undefined)[]): Language {
  for (const wish of wished) {
    const base = wish?.toLowerCase().split("-")[0];
    if (base === "en" || base === "es") return base;
  }
  return "en";
}
