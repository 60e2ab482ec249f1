// What an answer, or none, means: every error says what it is and what to do.
// @ts-check

import { endAfter } from "./tries.js";

/** @typedef {import("../frontgate.js").ErrorCode} ErrorCode */

const EXAMPLE = 'such as "https://auth.example.com/api/v1/users/"';
/** A clock that is wrong by more, in milliseconds, is told to the developer. */
const WRONG_CLOCK = 3_600_000;
/** How long the server may take to show that it is there, in milliseconds. */
const SIGN_OF_LIFE = 4000;

/** @type {typeof import("../frontgate.js").FrontgateError} */
export const FrontgateError = class extends Error {
  name = /** @type {const} */ ("FrontgateError");
  constructor(/** @type {ErrorCode} */ code, /** @type {string} */ message, more = {}) {
    super(message);
    this.code = code;
    Object.assign(this, more);
  }
};

/** The address of the user endpoints, with a slash at its end. */
export function urlOf(/** @type {string | URL} */ baseUrl) {
  try {
    const url = new URL(`${baseUrl}`.replace(/\/*$/, "/"), globalThis.location?.href ?? "http://localhost");
    if (/^https?:$/.test(url.protocol)) return url;
  } catch {
    // It is told below.
  }
  const given = JSON.stringify(baseUrl);
  throw new FrontgateError("base_url", `baseUrl ${given} is no http address, ${EXAMPLE}.`);
}

/** Whether the server is on another origin than the page. */
export const isForeign = (/** @type {URL} */ base) => !!globalThis.location && base.origin !== location.origin;

/** What is in an answer of the server at `base`; throws what is wrong with it. */
export async function read(/** @type {Response} */ answer, /** @type {URL} */ base) {
  checkClock(answer);
  const { status, url } = answer;
  if (status === 204) return undefined;
  const type = answer.headers.get("Content-Type") ?? "no content type";
  const data = type.includes("json") ? await answer.json().catch(brokenOff) : undefined;
  if (answer.ok && data != null) return data;

  const text = typeof data === "string" ? data : data?.detail;
  const retryAfter = Number(answer.headers.get("Retry-After")) || undefined;
  const failed = (/** @type {ErrorCode} */ code, /** @type {string} */ message, more = {}) =>
    new FrontgateError(code, message, { status, detail: data, ...more });
  if (status >= 500) throw failed("unavailable", text ?? `${url} answered ${status}: try again in a moment.`, { retryAfter });
  if (status === 429) throw failed("throttled", text ?? "Too many attempts: try again later.", { retryAfter });
  if (data && status === 404 && /\/sessions\/[^/]+\/?$/.test(url)) throw failed("not_found", "The user has no such session.");
  const isRefused = status === 403 && data?.code === "cross_site_request";
  if (data === undefined || answer.ok || text === "Not found." || status === 405 || (status === 403 && !isRefused)) {
    const what = `${url} was answered with ${status} and ${type}, not by Frontgate's user endpoints`;
    throw failed("base_url", `${what}: baseUrl (${base}) must be theirs, ${EXAMPLE}, and a proxy must pass it on.`);
  }
  if (isRefused) throw failed("cross_site", `${text} Let FRONTGATE_CORS_ALLOWED_ORIGINS list ${globalThis.location?.origin}.`);
  if (status === 401) throw failed("logged_out", "Nobody is logged in.");
  if (typeof data === "string") throw failed("credentials", data);
  const fields = text || !data || Array.isArray(data) ? {} : data;
  throw failed("invalid", text ?? (Object.values(fields).flat().join(" ") || `${url} answered ${status}.`), { fields });

  /** What is no JSON is not ours; else the rest of the answer was lost. */
  function brokenOff(/** @type {unknown} */ cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw new FrontgateError("network", `The answer of ${url} broke off. Nobody is logged out by that.`, { cause });
  }
}

/** Who is logged in, by what the server at `base` has answered. */
export function userIn(/** @type {any} */ data, /** @type {URL} */ base) {
  const { email, user_id: id } = data ?? {};
  if (email && typeof email === "string") return { id: Number.isSafeInteger(id) ? id : undefined, email };
  throw new FrontgateError("base_url", `${base} does not say who is logged in: baseUrl must be that of Frontgate's user endpoints, ${EXAMPLE}.`);
}

/** Why `url` did not answer `send`. */
export async function away(
  /** @type {URL} */ url,
  /** @type {URL} */ base,
  /** @type {typeof fetch} */ send,
  /** @type {unknown} */ cause,
) {
  const failed = (/** @type {ErrorCode} */ code, /** @type {string} */ message) => new FrontgateError(code, message, { cause });
  if (globalThis.navigator?.onLine === false) return failed("offline", "This device is offline. Nobody is logged out by that.");
  if (isForeign(base)) {
    const { origin, protocol } = location;
    if (protocol === "https:" && url.protocol === "http:") {
      return failed("mixed_content", `A page over https cannot ask ${url.origin} over http: serve Frontgate over https.`);
    }
    // Frontgate gives this to every origin: whoever answers nothing else does not know ours.
    const sign = send(new URL("/static/frontgate.js", base), { signal: endAfter(SIGN_OF_LIFE) });
    if (await sign.then(() => true, () => false)) {
      const unread = `${url.origin} is there, but does not let ${origin} read its answers`;
      return failed("cors", `${unread}: let FRONTGATE_CORS_ALLOWED_ORIGINS list that origin.`);
    }
  }
  const question = `is Frontgate running, baseUrl (${base}) right${isForeign(base) ? ", and this origin in FRONTGATE_CORS_ALLOWED_ORIGINS" : ""}?`;
  return failed("network", `${url} cannot be reached: ${question} Nobody is logged out by that.`);
}

/** Why the cookies that `base` has just set are not there. */
export function cookiesBlocked(/** @type {URL} */ base) {
  const failed = (/** @type {ErrorCode} */ code, /** @type {string} */ why) =>
    new FrontgateError(code, `The browser did not keep the cookies of ${base.origin}: ${why}`);
  if (!globalThis.document) return failed("cookies_blocked", "this is no page.");
  if (!keepsCookies()) {
    if (isFramed()) return failed("third_party_cookies", "this frame is of another site.");
    return failed("cookies_blocked", "its settings block them. Allow cookies for this site.");
  }
  if (isForeign(base) && siteOf(base) !== siteOf(location)) {
    const way = "Let both be on one: a proxy, or sibling subdomains; localhost and 127.0.0.1 are two.";
    return failed("third_party_cookies", `this page is on another site (${location.origin}). ${way}`);
  }
  if (base.protocol === "http:") {
    const way = "Use https, or set FRONTGATE_COOKIE_SECURE=false while developing.";
    return failed("insecure_cookies", `they are Secure and came over plain http. ${way}`);
  }
  const suspects = "its settings, an extension, or FRONTGATE_COOKIE_DOMAIN and FRONTGATE_COOKIE_PATH";
  return failed("cookies_blocked", `${suspects} keep them away.`);
}

/** Whether the page itself may have cookies: `navigator.cookieEnabled` does not know what is set for a site. */
function keepsCookies() {
  document.cookie = "frontgate=kept; SameSite=Lax";
  const isKept = document.cookie.includes("frontgate=kept");
  document.cookie = "frontgate=; Max-Age=0";
  return isKept;
}

/** Whether the page is in a frame of another origin. */
function isFramed() {
  try {
    return !top?.location.href;
  } catch {
    return true;
  }
}

/** About what browsers call a site: it chooses the words of an error, and nothing else. */
const siteOf = (/** @type {URL | Location} */ { protocol, hostname }) =>
  protocol + (/^[\d.:[\]]+$/.test(hostname) ? hostname : hostname.split(".").slice(-2).join("."));

let hasWarned = false;
function checkClock(/** @type {Response} */ answer) {
  const off = Date.now() - Date.parse(answer.headers.get("Date") ?? "");
  if (hasWarned || !(Math.abs(off) > WRONG_CLOCK)) return;
  hasWarned = true;
  const hours = `${Math.abs(Math.round(off / 3_600_000))} hours ${off > 0 ? "ahead of" : "behind"}`;
  console.warn(
    `Frontgate: the clock of this device is ${hours} the server's. ` +
      "Sessions work all the same, but its times are not those of Date.now().",
  );
}
