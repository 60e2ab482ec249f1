// The session living: the access token's time running out, and what happened.
// @ts-check

import { element, part } from "./page.js";
import { past } from "./times.js";

/** So many events are shown. */
const EVENTS = 6;

/** Lets the ring show how long the access token still lives. @param {import("../frontgate.js").Session} session */
export function showLife({ expiresAt }) {
  const lifetime = Number(part("demo").dataset.access);
  const show = () => {
    const left = Math.max(0, (expiresAt.value ?? 0) - Date.now());
    part("left").textContent = expiresAt.value ? clock(Math.ceil(left / 1000)) : "–";
    part("arc").setAttribute("stroke-dasharray", `${Math.min(100, (100 * left) / lifetime).toFixed(1)} 100`);
    part("arc").classList.toggle("short", left < lifetime * 0.15);
  };
  expiresAt.subscribe(show);
  setInterval(show, 250);
}

/** @param {number} seconds */
function clock(seconds) {
  const two = (/** @type {number} */ number) => `${number}`.padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** Adds to what happened. @param {string} what @param {"this tab" | "another tab"} where */
export function tell(what, where) {
  const line = element("li", where === "this tab" ? "ours" : "others");
  line.append(element("strong", "", what), element("span", "where", where), past(Date.now()));
  const timeline = part("timeline");
  timeline.prepend(line);
  while (timeline.children.length > EVENTS) timeline.lastElementChild?.remove();
}

/** Forgets what happened. */
export function forgetEvents() {
  part("timeline").replaceChildren();
}
