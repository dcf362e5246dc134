/** The clinic's colour, made legible (WCAG 2.2: contrast of text at least 4.5 to 1). */

export type Colour = readonly [red: number, green: number, blue: number];

const MINIMUM = 4.5;

/** Read `#rgb` or `#rrggbb`; anything else is `null`. */
export function parseColour(text: string): Colour | null {
  const digits = /^#([\da-f]{3}|[\da-f]{6})$/i.exec(text.trim())?.[1];
  if (!digits) return null;
  const long = digits.length === 3 ? digits.replace(/./g, "$&$&") : digits;
  const value = parseInt(long, 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** The colour as CSS writes it. */
export function css(colour: Colour): string {
  return `rgb(${colour.join(" ")})`;
}

/** Relative luminance as WCAG defines it, 0 (black) to 1 (white). */
export function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Colour;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio as WCAG defines it, 1 to 21. */
export function contrast(one: Colour, other: Colour): number {
  const ratio = (luminance(one) + 0.05) / (luminance(other) + 0.05);
  return Math.max(ratio, 1 / ratio);
}

/** Black or white, whichever reads better on the colour: they do equally well at a luminance of 0.179. */
export function textOn(colour: Colour): Colour {
  return luminance(colour) > 0.179 ? [0, 0, 0] : [255, 255, 255];
}

/** The colour, darkened or lightened until text in it reads on the background. */
export function legible(colour: Colour, background: Colour): Colour {
  const target = textOn(background)[0];
  let shade = colour;
  for (let step = 1; contrast(shade, background) < MINIMUM && step <= 20; step++) {
    shade = colour.map((channel) => Math.round(channel + ((target - channel) * step) / 20)) as unknown as Colour;
  }
  return shade;
}
