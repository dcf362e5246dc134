import assert from "node:assert/strict";
import { test } from "node:test";
import { contrast, legible, luminance, parseColour, textOn, type Colour } from "../src/colour";

const WHITE: Colour = [255, 255, 255];
const BLACK: Colour = [0, 0, 0];

test("short and long hexadecimal colours are read, others are not", () => {
  assert.deepEqual(parseColour("#0cf"), [0, 204, 255]);
  assert.deepEqual(parseColour(" #1A2b3C "), [26, 43, 60]);
  for (const text of ["teal", "#12", "#12345", "rgb(1 2 3)", "#ggg", ""]) assert.equal(parseColour(text), null);
});

test("luminance and contrast have the values that WCAG gives", () => {
  assert.equal(luminance(WHITE), 1);
  assert.equal(contrast(BLACK, WHITE), 21);
  assert.ok(Math.abs(contrast([118, 118, 118], WHITE) - 4.54) < 0.01);
});

test("text on any colour, and any colour as text by day and by night, has a contrast of 4.5", () => {
  for (let red = 0; red <= 255; red += 51) {
    for (let green = 0; green <= 255; green += 51) {
      for (let blue = 0; blue <= 255; blue += 51) {
        const colour: Colour = [red, green, blue];
        assert.ok(contrast(textOn(colour), colour) >= 4.5, `text on ${colour}`);
        for (const background of [[239, 244, 244], [32, 40, 43]] as const) {
          assert.ok(contrast(legible(colour, background), background) >= 4.5, `${colour} on ${background}`);
        }
      }
    }
  }
});

test("a legible colour is left as it is", () => {
  assert.deepEqual(legible([12, 107, 104], WHITE), [12, 107, 104]);
});
