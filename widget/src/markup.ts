/**
 * The assistant's text as nodes: paragraphs, "- " lists, **bold** and links, as the chat API promises.
 * Whatever else stands in it is shown as it stands.
 */

import { h } from "./dom";

const TOKEN = /\*\*([^*]{1,2000})\*\*|\[([^[\]]{1,500})\]\(([^()\s]{1,2000})\)/g;
const SAFE = new Set(["https:", "mailto:", "tel:"]);
const DAY = /^(day|week)/i;

/** The address if it may be a link, else `null`. Relative addresses are not links. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return SAFE.has(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** A link; a web page opens in a new tab and is not told where the person came from. */
export function link(href: string, ...label: (Node | string)[]): HTMLAnchorElement {
  const web = href.startsWith("https:");
  return h("a", { href, target: web && "_blank", rel: web && "noopener noreferrer" }, ...label);
}

function inline(text: string, inLink = false): (Node | string)[] {
  const nodes: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [whole, bold, label, address] = match;
    let node: Node | null = null;
    if (bold !== undefined) node = h("strong", {}, ...inline(bold, inLink));
    else {
      const href = inLink ? null : safeHref(address!);
      if (href) node = link(href, ...inline(label!, true));
    }
    if (!node) continue;
    nodes.push(text.slice(end, match.index), node);
    end = match.index + whole.length;
  }
  return [...nodes, text.slice(end)];
}

/** The nodes of a text. A list whose items all begin with a bold day or week is a timeline. */
export function render(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  let block = null as HTMLElement | null;
  for (const line of text.split("\n")) {
    const item = line.startsWith("- ");
    const tag = item ? "ul" : "p";
    if (!line.trim()) block = null;
    else {
      if (block?.localName !== tag) fragment.append((block = h(tag)));
      else if (!item) block.append(h("br"));
      if (item) block.append(h("li", {}, ...inline(line.slice(2))));
      else block.append(...inline(line));
    }
  }
  for (const list of fragment.querySelectorAll("ul")) {
    const isDay = ({ firstChild }: Element): boolean =>
      firstChild?.nodeName === "STRONG" && DAY.test(firstChild.textContent!);
    if ([...list.children].every(isDay)) list.className = "timeline";
  }
  return fragment;
}
