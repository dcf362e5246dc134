import { markup } from "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { render, safeHref } from "../src/markup";

const shown = (text: string): string => markup(render(text));

test("paragraphs, line breaks, lists and bold are built", () => {
  assert.equal(shown("One\ntwo\n\nThree **four**"), "<p>One<br>two</p><p>Three <strong>four</strong></p>");
  assert.equal(shown("Then:\n- a\n- **b** c\nEnd"), "<p>Then:</p><ul><li>a</li><li><strong>b</strong> c</li></ul><p>End</p>");
});

test("a link may stand in bold, and bold in a link", () => {
  assert.equal(
    shown("**[Call 911](tel:911).** [**Now**](tel:911)"),
    '<p><strong><a href="tel:911">Call 911</a>.</strong> <a href="tel:911"><strong>Now</strong></a></p>',
  );
});

test("a web page opens in a new tab and learns nothing of this one", () => {
  assert.equal(
    shown("[page](https://clinic.example/a)"),
    '<p><a href="https://clinic.example/a" target="_blank" rel="noopener noreferrer">page</a></p>',
  );
});

test("markup in a text stays text", () => {
  assert.equal(shown("<img src=x onerror=alert(1)>"), "<p>&lt;img src=x onerror=alert(1)&gt;</p>");
});

for (const address of [
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,<script>",
  "http://clinic.example",
  "//clinic.example",
  "/local",
  "vbscript:x",
  "https://",
]) {
  test(`${address} is no link`, () => {
    assert.equal(safeHref(address), null);
    assert.doesNotMatch(shown(`[press](${address})`), /<a/);
  });
}

test("a list of days is a timeline; a list with another item is not", () => {
  assert.match(shown("- **Day 1:** red\n- **Days 2 to 3:** pink"), /<ul class="timeline">/);
  assert.doesNotMatch(shown("- **Day 1:** red\n- rest"), /timeline/);
  assert.doesNotMatch(shown("- On **Day 1** rest"), /timeline/);
});

test("10,000 characters of opened and never closed marks are read in a moment", () => {
  for (const piece of ["**a", "[", "[a](", "**[", "[a](b"]) {
    const start = performance.now();
    render(piece.repeat(10_000 / piece.length));
    assert.ok(performance.now() - start < 1500, piece);
  }
});
