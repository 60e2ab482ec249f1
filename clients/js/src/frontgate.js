// Frontgate's client for browsers: log in once, stay logged in, in every tab.
//
//   import { createSession } from "frontgate";
//   const session = createSession({ baseUrl: "/api/v1/users/" });
//   session.user.subscribe((user) => …);          // { id, email }, null, or undefined: not known yet
//   await session.logIn("ada@example.com", "correct horse battery");
//   await session.fetch("/api/orders");           // refreshes when it must, and tries again
//
// Tokens are in httpOnly cookies: no script sees them, this one neither. What tabs know together is
// whether somebody is logged in, who, and when the access token expires. frontgate.d.ts has the types
// and what each function promises.
// @ts-check

import { FrontgateError, away, cookiesBlocked, isForeign, read as readAnswer, urlOf, userIn } from "./frontgate/errors.js";
import { signal } from "./frontgate/signal.js";
import { channelOf, isSound, mutex, sharedRecord } from "./frontgate/tabs.js";
import { ANSWERS_WITHIN, COMING_BACK, endAfter, lately, pauseAfter, persist, RESTART, sleep, stopwatch, usable } from "./frontgate/tries.js";

export { FrontgateError };

/** @typedef {import("./frontgate.js").User} User */
/** @typedef {import("./frontgate.js").FrontgateError} Failure */
/** @typedef {import("./frontgate/tabs.js").Shared} Shared */

/** Between two refreshes that nobody asked for are this many milliseconds, whatever the server says of lifetimes. */
const AT_LEAST = 10_000;
/** The longest grace that the server can have, in milliseconds. */
const LONGEST_GRACE = 300_000;
/** The longest time that timers know, in milliseconds: those that are longer are over at once. */
const AT_MOST = 2 ** 31 - 1;
/** Changes are counted up to here, and then anew: numbers beyond have no next one. */
const LAST = 2 ** 52;
/** What new cookies, or none, make of the record: the refresh was answered. */
const ANSWERED = { expires: undefined, sent: undefined, tries: undefined };

/** @type {typeof fetch} */
const browsersFetch = (input, init) => globalThis.fetch(input, init);

/** @type {typeof import("./frontgate.js").createSession} */
export function createSession({ baseUrl = "/api/v1/users/", fetch: send = browsersFetch } = {}) {
  const base = urlOf(baseUrl);
  /** One of the user endpoints. Some proxies redirect what ends with a slash: then `baseUrl` has none. */
  const at = (/** @type {string} */ path) => {
    const url = new URL(path, base);
    if (!`${baseUrl}`.endsWith("/")) url.pathname = url.pathname.replace(/\/$/, "");
    return url;
  };
  const name = `frontgate ${base}`;
  // While a server renders, there is nobody who could be logged in.
  const inBrowser = "document" in globalThis;

  const shared = sharedRecord(name);
  const exclusively = mutex(name, shared);
  const channel = inBrowser ? channelOf(name) : undefined;
  const user = signal(/** @type {User | null | undefined} */ (undefined));
  const reason = signal(/** @type {"logged_out" | "ended" | undefined} */ (undefined));
  const expiresAt = signal(/** @type {number | undefined} */ (undefined));
  const read = (/** @type {Response} */ answer) => readAnswer(answer, base);
  const who = async (/** @type {Response} */ answer) => userIn(await read(answer), base);
  /** @type {Shared} */
  let known = { n: 0 };
  /** @type {Promise<"ours" | "others" | false> | undefined} */
  let refreshing;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {Promise<User | null> | undefined} */
  let beginning;
  let hasBegun = false;
  /** Whether somebody was logged in when this page was opened, as far as the tabs knew. */
  let wasSomebody = false;
  /** Why nobody is logged in, when the server says so. */
  let why = /** @type {"logged_out" | "ended"} */ ("ended");
  let failures = 0;
  /** How long the last refresh took, in milliseconds. */
  let took = 0;
  /** Whether something has refused an access token that was just made: then another one is no help. */
  let isStubborn = false;
  const closed = new AbortController();

  // What the tabs know.

  /** Takes over what another tab, or this one, has found out. */
  function adopt(/** @type {Shared} */ record) {
    // Somebody has cleared the record.
    if (record.n === 0) return;
    known = record;
    const { id, email, expires } = record;
    const now = user.readable.value;
    // A reason is for those who saw it, or who were somebody when they were here last.
    if (email !== null) reason.set(undefined);
    else if (now === undefined ? wasSomebody : now) reason.set(record.reason);
    if (email === null) user.set(null);
    else if (email && (id !== now?.id || email !== now?.email)) user.set({ id, email });
    expiresAt.set(email ? expires : undefined);
    schedule();
  }

  /** Tells every tab; news of the `n`th change only while there is no later one, which is then adopted. */
  async function publish(/** @type {Partial<Shared>} */ news, n = Infinity) {
    const record = await shared((before) => {
      if (before.n > n) return undefined;
      // Another person had no other address.
      const was = news.email === before.email ? before.was : undefined;
      return { ...before, was, ...news, n: (Math.max(before.n, known.n) % LAST) + 1 };
    });
    adopt(record);
    if (!closed.signal.aborted) channel?.postMessage(record);
  }

  /** Another tab has told something: the record knows it already, unless this browser keeps none. */
  async function hear(/** @type {unknown} */ told) {
    if (isSound(told)) adopt(await shared((before, isOurs) => (isOurs || told.n > before.n ? told : undefined)));
  }

  /** What an answer says about the tokens that came with it. */
  function timesIn(/** @type {Response} */ answer, /** @type {number} */ sent) {
    const told = (/** @type {string} */ name) => Number(answer.headers.get(name)) * 1000;
    const lifetime = told("X-Access-Expires-In");
    if (!(lifetime > 0 && lifetime < Infinity)) return undefined;
    return { expires: sent + lifetime, lifetime, grace: Math.min(told("X-Refresh-Grace") || 0, LONGEST_GRACE) };
  }

  // Refreshing.

  /**
   * Refreshes, unless another tab has since the `n`th change: then its tokens are ours. Answers whose
   * refresh it was, or false when nobody is logged in.
   */
  function refresh(n = known.n, force = false) {
    refreshing ??= exclusively(async (record) => {
      if (record.n > n && !force) {
        adopt(record);
        return record.email === null ? false : "others";
      }
      const { answer, sent } = await newTokens(record);
      // Another 401 is a proxy's, which wants to know something else.
      const isOurs = answer.headers.get("Content-Type")?.includes("json");
      if (answer.status === 401 && isOurs) await nobody(record.email ? why : record.reason);
      else {
        await read(answer).catch(unanswered);
        await publish({ email: record.email ?? undefined, ...ANSWERED, ...timesIn(answer, sent) });
      }
      return answer.ok && /** @type {const} */ ("ours");
    }).finally(() => (refreshing = undefined));
    return refreshing;
  }

  /** The answer to a refresh, and when that was sent. A page that went away may have sent one before, without an answer. */
  async function newTokens(/** @type {Shared} */ { sent: before = 0, grace = 0 }) {
    const url = at("refresh/");
    const sent = stopwatch(before)() < usable(grace) ? before : Date.now();
    const age = stopwatch(sent);
    /** For how many milliseconds no try may be sent. If one may, it is counted. */
    const pause = async () => {
      let ms = 0;
      await shared((record) => {
        const tries = lately(record.tries ?? []);
        ms = pauseAfter(tries);
        return ms > 0 ? undefined : { ...record, sent, tries: [...tries, Date.now()] };
      });
      return ms;
    };
    const retryAfter = Math.ceil((await pause()) / 1000);
    if (retryAfter > 0) throw new FrontgateError("unavailable", `Try again in ${retryAfter} s.`, { retryAfter });
    const one = (/** @type {AbortController} */ controller) => request("POST", url, controller);
    const other = () => request("GET", at(""));
    const answered = await persist({ send: one, ask: other, pause, age, grace, usual: took }).catch(async (error) => unanswered(await away(url, base, send, error)));
    took = Date.now() - answered.sent;
    return answered;
  }

  /**
   * No try will be answered any more, for this reason. Those of a device without a network do not count.
   *
   * @returns {Promise<never>}
   */
  async function unanswered(/** @type {Failure} */ error) {
    const more = error.code === "offline" && { tries: undefined };
    await shared((record) => ({ ...record, sent: undefined, ...more }));
    throw error;
  }

  /** Refreshes a little before the access token expires: tabs and fleets not all at once. */
  function schedule(delay = 0) {
    clearTimeout(timer);
    if (!inBrowser || closed.signal.aborted || !known.email || !known.expires || !known.lifetime) return;
    const left = Math.min(known.expires - Date.now(), known.lifetime);
    const best = left - known.lifetime * (0.05 + 0.1 * Math.random());
    timer = setTimeout(wake, Math.min(Math.max(delay, best, AT_LEAST), AT_MOST));
  }

  /** Nobody looks at a hidden tab: it refreshes when it is shown, or asked for something. */
  function wake() {
    if (document.hidden) return;
    refresh().then(() => (failures = 0), (error) => schedule(later(error)));
  }

  /** When to try again what failed, in milliseconds: each time later, a minute at most, or when the server says. */
  const later = (/** @type {{ retryAfter?: number }} */ { retryAfter = 0 }) =>
    Math.min(Math.max(Math.min(1000 * 2 ** failures++, 60_000) * (0.5 + Math.random()), retryAfter * 1000), AT_MOST);

  /** After sleep, a frozen tab, or a time without network. */
  async function comeBack() {
    if (document.hidden || closed.signal.aborted) return;
    if (!hasBegun) return void begin().catch(() => {});
    adopt(await shared());
    if (known.email && (known.expires ?? 0) - Date.now() < (known.lifetime ?? 0) * 0.15) wake();
  }

  // Asking.

  /** Sends a request of our own, with the cookies that the browser has. What changes them goes on without the page. */
  function request(
    /** @type {string} */ method,
    /** @type {URL} */ url,
    controller = new AbortController(),
    /** @type {object | undefined} */ body = undefined,
  ) {
    return send(url, {
      method,
      credentials: "include",
      cache: "no-store",
      keepalive: method !== "GET",
      ...(body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
      signal: endAfter(ANSWERS_WITHIN, controller),
    });
  }

  /** The answer to a request of our own; throws why there is none. */
  async function ask(/** @type {string} */ method, /** @type {string} */ path, /** @type {object | undefined} */ body = undefined) {
    const url = at(path);
    return request(method, url, undefined, body).catch(async (error) => {
      throw await away(url, base, send, error);
    });
  }

  /**
   * Whether another person than the one of this record has logged in meanwhile. A request is sent, and sent again, only as
   * the person who asked for it. Addresses change: they decide only where the server tells no `user_id`.
   */
  const isOther = (/** @type {Shared} */ { id, email }) =>
    email && known.email && (id && known.id ? id !== known.id : ![known.email, known.was].includes(email));

  /** What was asked for one person, and had to wait, is not done as another. */
  function mustBe(/** @type {Shared} */ asked) {
    if (isOther(asked)) throw new FrontgateError("logged_out", `${asked.email} is not logged in any more: somebody else is.`);
  }

  /** Sends with `once`, and when the answer is 401 refreshes and sends it again. */
  async function authorized(/** @type {() => Promise<Response>} */ once, /** @type {AbortSignal | null} */ signal, canRepeat = true) {
    let asked = known;
    await abortable(settled, signal).catch((error) => signal?.aborted && Promise.reject(error));
    if (known.email && known.expires && known.expires <= Date.now()) await abortable(refresh(), signal);
    mustBe(asked);
    asked = known;
    let { n } = asked;
    let answer = await once();
    for (const force of [false, true, true]) {
      if (answer.status !== 401) break;
      if (user.readable.value === null) adopt(await shared());
      if (user.readable.value === null) break;
      if (isStubborn && (await abortable(ask("GET", ""), signal)).ok) break;
      const whose = await abortable(refresh(n, force), signal);
      // What was asked for one person is not asked for another.
      if (!whose || !canRepeat || isOther(asked)) break;
      answer.body?.cancel().catch(() => {});
      n = known.n;
      answer = await once();
      // With tokens of our own just made, another refresh changes nothing.
      if (whose === "ours") {
        isStubborn ||= answer.status === 401;
        break;
      }
    }
    return answer;
  }

  /**
   * A call to one of the user endpoints, which needs a session. What it changes, `learn` tells the other tabs
   * before any of them does something else.
   */
  async function call(
    /** @type {string} */ method,
    /** @type {string} */ path,
    /** @type {object | undefined} */ body = undefined,
    /** @type {(data: any, news?: Partial<Shared>) => Promise<void> | void} */ learn = () => {},
  ) {
    const once = async () => {
      const sent = Date.now();
      const answer = await ask(method, path, body);
      if (answer.ok && method !== "GET") await learn(await read(answer.clone()), timesIn(answer, sent));
      return answer;
    };
    const asked = known;
    const inTurn = () =>
      exclusively(async (record) => {
        adopt(record);
        mustBe(asked);
        return once();
      });
    return read(await authorized(method === "GET" ? once : inTurn, null));
  }

  /** Signs up or logs in, and makes sure that the browser kept the cookies. */
  async function enter(/** @type {string} */ path, /** @type {any} */ body) {
    return exclusively(async () => {
      const sent = Date.now();
      const answer = await ask("POST", path, body);
      const told = await who(answer).catch((error) => {
        // The rest of the answer was lost, its cookies were not: who has them is asked for.
        if (answer.ok && error.code === "network") return error;
        throw error;
      });
      // Whether this is answered or not, that one was.
      const seen = await ask("GET", "").catch(() => undefined);
      if (seen?.status === 401) throw cookiesBlocked(base);
      const person = told instanceof FrontgateError ? seen && (await who(seen).catch(() => {})) : told;
      if (!person) {
        // Somebody has logged in: who it is, the session finds out as at the start.
        hasBegun = false;
        user.set(undefined);
        begin().catch(() => {});
        throw told;
      }
      await publish({ ...person, ...ANSWERED, ...timesIn(answer, sent) });
      return person;
    });
  }

  const nobody = (/** @type {Shared["reason"]} */ why) => publish({ id: undefined, email: null, ...ANSWERED, reason: why });
  const loggedOut = () => nobody("logged_out");
  const itIs = (/** @type {unknown} */ data, /** @type {Partial<Shared> | undefined} */ news) => {
    const person = userIn(data, base);
    return publish({ ...person, ...(person.email !== known.email && { was: known.email }), ...news });
  };

  // The beginning.

  /** Settles once it is known whether there may be an access token. */
  let settled = Promise.resolve();

  /** Asks the server who is logged in: what the tabs remember may be of another day. */
  async function start() {
    settled = shared().then(async (record) => {
      known = { ...record, email: undefined };
      wasSomebody = !!record.email;
      if (!((record.expires ?? 0) > Date.now())) await refresh(record.n);
    });
    await settled;
    while (!hasBegun) {
      const { n } = known;
      const answer = user.readable.value !== null && (await authorized(() => ask("GET", ""), null));
      if (answer && answer.status !== 401) await publish(await who(answer), n);
      // The tokens were made just now.
      else if (user.readable.value === undefined) throw cookiesBlocked(base);
      hasBegun = user.readable.value !== undefined;
    }
    return user.readable.value ?? null;
  }

  /** Starts, and goes on trying when that fails; of several callers, once. */
  function begin() {
    ready = beginning ??= start()
      .catch((error) => {
        if (inBrowser && !closed.signal.aborted) timer = setTimeout(comeBack, later(error));
        throw error;
      })
      .finally(() => (beginning = undefined));
    return beginning;
  }

  /** The last beginning. @type {Promise<User | null | undefined>} */
  let ready = Promise.resolve(undefined);
  if (inBrowser) {
    begin().catch(() => {});
    const { signal } = closed;
    channel?.addEventListener("message", ({ data }) => hear(data), { signal });
    document.addEventListener("visibilitychange", comeBack, { signal });
    addEventListener("online", comeBack, { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && comeBack(), { signal });
  }

  return {
    user: user.readable,
    reason: reason.readable,
    expiresAt: expiresAt.readable,
    get ready() {
      const { value } = user.readable;
      return value === undefined ? ready : Promise.resolve(value);
    },
    whenKnown: async () => {
      let stop = () => {};
      const isKnown = (/** @type {(now: User | null | undefined) => void} */ done) =>
        (stop = user.readable.subscribe((now) => (now !== undefined || !inBrowser) && done(now)));
      return new Promise(isKnown).finally(() => stop());
    },
    signUp: (email, password, names = {}) => enter("create/", { email, password, ...names }),
    logIn: (email, password) => enter("login/", { email, password }),
    logOut: () =>
      exclusively(async () => {
        const leave = () => ask("POST", "logout/");
        // One that was carried out without an answer is answered with 401 now.
        const answer = await leave().then((one) => (COMING_BACK.includes(one.status) ? sleep(RESTART).then(leave) : one), leave);
        if (answer.status !== 401) await read(answer);
        await loggedOut();
      }),
    logOutEverywhere: async () => (await call("POST", "logout/all/", undefined, loggedOut)).ended,
    logOutOthers: async () => (await call("POST", "logout/others/")).ended,
    sessions: () => call("GET", "sessions/"),
    endSession: async (id) => {
      await call("DELETE", `sessions/${encodeURIComponent(id)}/`);
      // It may have been this one: then that was a log-out.
      why = "logged_out";
      await authorized(() => ask("GET", ""), null).finally(() => (why = "ended"));
    },
    changePassword: (oldPassword, newPassword) =>
      call("POST", "password/", { old_password: oldPassword, new_password: newPassword }, itIs),
    deleteAccount: (password) => call("DELETE", "", { password }, loggedOut),
    profile: () => call("GET", "profile/"),
    changeProfile: (changes) => call("PATCH", "profile/", changes, itIs),
    refresh: async () => !!(await refresh()),
    fetch: async (input, init) => {
      const isRequest = input instanceof Request;
      // A stream is gone once it was sent.
      const canRepeat = !(init?.body instanceof ReadableStream);
      const { origin, href } = new URL(isRequest ? input.url : input, globalThis.document?.baseURI ?? base);
      const given = init?.credentials ?? (isRequest ? input.credentials : "same-origin");
      const isForUs = origin === base.origin && isForeign(base) && !init?.credentials && given === "same-origin";
      const more = isForUs ? { credentials: /** @type {const} */ ("include") } : {};
      const once = () => send(new Request(!isRequest ? href : canRepeat ? input.clone() : input, { ...init, ...more }));
      // Where no cookies go along, no refresh is of use.
      const hasCookies = inBrowser && (isForUs || given === "include" || (given === "same-origin" && origin === globalThis.location?.origin));
      return hasCookies ? authorized(once, init?.signal ?? (isRequest ? input.signal : null), canRepeat) : once();
    },
    close: () => {
      closed.abort();
      clearTimeout(timer);
      channel?.close();
    },
  };
}

/** Waits for a promise, or until the signal says no. @template T */
function abortable(/** @type {Promise<T>} */ promise, /** @type {AbortSignal | null} */ signal) {
  if (!signal) return promise;
  return new Promise((/** @type {(value: T) => void} */ done, failed) => {
    const abort = () => failed(signal.reason ?? new DOMException("Aborted", "AbortError"));
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(done, failed).finally(() => signal.removeEventListener("abort", abort));
  });
}
