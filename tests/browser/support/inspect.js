// What can be seen of a page by measuring it. Each check answers complaints: none is good.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How far down the most important button of a page may end, in CSS pixels. */
const FOLD = 800;

/** What axe-core finds in the page as it is shown. */
export async function accessibility(page) {
  // Not a script tag, which the content security policy rightly refuses.
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const found = await window.axe.run(document, { resultTypes: ["violations"], preload: false });
    return found.violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) => node.html) }));
  });
  return violations.map(({ id, help, nodes }) => `axe: ${help} (${id}): ${nodes.slice(0, 3).join(" ")}`);
}

/** What is wider than its place, cut with no way to see it whole, or broken though it is short: an id, an address. */
export function overflow(page) {
  return page.evaluate(() => {
    const complaints = [];
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth > innerWidth) {
      const right = (element) => element.getBoundingClientRect().right;
      const widest = [...document.body.querySelectorAll("*")].reduce((a, b) => (right(b) > right(a) ? b : a));
      complaints.push(`the page is ${scrollWidth} px wide in ${innerWidth}: ${widest.outerHTML.slice(0, 200)}`);
    }
    for (const element of document.querySelectorAll("body *")) {
      const style = getComputedStyle(element);
      if (element.scrollWidth <= element.clientWidth + 1 || element.clientWidth < 2) continue;
      if (element.classList.contains("table") && style.overflowX !== "visible") {
        complaints.push(`a table scrolls sideways, ${element.scrollWidth} px in ${element.clientWidth}`);
      }
      if (style.textOverflow === "ellipsis" && style.overflowX !== "visible" && !element.closest("[title]")) {
        complaints.push(`cut, without a title that has all of it: ${element.outerHTML.slice(0, 200)}`);
      }
    }
    const inOnePiece = "[data-title=Id] > .id, td > .id[title], .alarms a, [data-title=Address] > a:not(.id)";
    for (const word of document.querySelectorAll(inOnePiece)) {
      const text = word.textContent.trim();
      if (text.length <= 26 && !/\s/.test(text) && word.getClientRects().length > 1) {
        complaints.push(`${text} breaks inside`);
      }
    }
    return complaints;
  });
}

/** Whether what `selector` names is there, and can be seen without scrolling. */
export async function primaryAction(page, selector) {
  if (!selector) return [];
  const found = page.locator(selector);
  const box = (await found.count()) > 0 ? await found.first().boundingBox() : null;
  if (!box) return [`the primary action, ${selector}, is not there`];
  const bottom = Math.round(box.y + box.height);
  return bottom > FOLD ? [`the primary action, ${selector}, ends at ${bottom} px, below the first ${FOLD}`] : [];
}
