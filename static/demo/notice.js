// What a person is told when something fails that no field of a form is to blame for.
// @ts-check

import { element, part } from "./page.js";

/** The titles, by the code of a FrontgateError. Its message says what to do. @type {Record<string, string>} */
const TITLES = {
  credentials: "That did not fit",
  not_found: "That session is not there any more",
  throttled: "Too many attempts",
  unavailable: "The server is busy",
  offline: "You are offline",
  network: "The server cannot be reached",
  base_url: "The user endpoints are not where this page looks",
  cors: "The server does not know this page",
  cross_site: "The server does not know this page",
  mixed_content: "The server must be asked over https",
  third_party_cookies: "The browser did not keep the cookies",
  insecure_cookies: "The browser did not keep the cookies",
  cookies_blocked: "The browser did not keep the cookies",
};

/** Shows an error above everything. @param {unknown} error */
export function showNotice(error) {
  // The way in is shown already, and says why.
  if (/** @type {{ code?: string }} */ (error).code === "logged_out") return;
  fill(part("notice"), error);
}

/** Whether an error is over when the server answers again. @param {unknown} error */
export function isPassing(error) {
  const { code = "" } = /** @type {{ code?: string }} */ (error);
  return error instanceof TypeError || ["network", "offline", "unavailable"].includes(code);
}

/** Takes the notice away. */
export function clearNotice() {
  part("notice").hidden = true;
}

/**
 * Says what an error is, and what to do.
 *
 * @param {HTMLElement} place
 * @param {unknown} error
 */
export function fill(place, error) {
  const { code = "network", message } = /** @type {{ code?: string, message: string }} */ (error);
  // What the browser's fetch throws says nothing to a person.
  const text = error instanceof TypeError ? "It is asked again in a moment. Nobody is logged out by that." : message;
  const title = TITLES[code] ?? "That did not work";
  const told = place.textContent;
  if (place.hidden || told !== `${title}${text}`) place.replaceChildren(element("strong", "", title), element("span", "", text));
  place.hidden = false;
}
