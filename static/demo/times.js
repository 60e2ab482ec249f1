// Moments in words, which go on being right while the page is open.
// @ts-check

import { element } from "./page.js";

const WORDS = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
/** From the longest, in seconds. @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];

/** A moment in the past. Pointing at it shows the exact one. @param {string | number} moment */
export function past(moment) {
  const date = new Date(moment);
  const shown = element("time", "", words(date));
  shown.dateTime = date.toISOString();
  shown.title = EXACT.format(date);
  return shown;
}

/** How long ago that was; the clock of the server may be a little ahead of ours. @param {Date} date */
function words(date) {
  const seconds = Math.max(0, Math.round((Date.now() - date.getTime()) / 1000));
  if (seconds < 5) return "just now";
  const [unit, length] = UNITS.find(([, least]) => seconds >= least) ?? UNITS[3];
  return WORDS.format(-Math.floor(seconds / length), unit);
}

setInterval(() => {
  for (const shown of document.querySelectorAll("time")) {
    const now = words(new Date(shown.dateTime));
    if (now !== shown.textContent) shown.textContent = now;
  }
}, 1000);
