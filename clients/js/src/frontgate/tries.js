// How long a request may take, and when a refresh is sent again.
// @ts-check

/** A request without an answer is given up after this many milliseconds. Proxies give up sooner. */
export const ANSWERS_WITHIN = 180_000;
/** What a proxy answers for a server that is being restarted. */
export const COMING_BACK = [502, 503, 504];
/** How long it is given for that, in milliseconds. */
export const RESTART = 1000;
/** A refresh without an answer after this many milliseconds may be slow, or lost. */
const SLOW = 2000;
/** Refreshes count for this many milliseconds. */
const MINUTE = 60_000;

/** A signal that says no after so many milliseconds. AbortSignal.timeout came to Safari with version 16. */
export function endAfter(/** @type {number} */ ms, controller = new AbortController()) {
  const timer = setTimeout(() => controller.abort(), ms);
  // Node waits for a timer, but for none that has no reference.
  /** @type {any} */ (timer).unref?.();
  return controller.signal;
}

export const sleep = (/** @type {number} */ ms) => new Promise((done) => setTimeout(done, ms));

/** The part of the server's grace that a retry may use: the rest is for a way that is slower than that of the first try. */
export const usable = (/** @type {number} */ grace) => grace * 0.8;

/** Those of the refreshes at `times` that still count: none that is older than a minute, or of a clock that was set back. */
export const lately = (/** @type {number[]} */ times, now = Date.now()) => times.filter((at) => at <= now && at > now - MINUTE);

/**
 * For how many milliseconds no other refresh may be sent, after those at `times`. The second may follow at once, and
 * each further one after twice as long a pause, of 4 seconds at first: that makes six a minute at most.
 */
export function pauseAfter(/** @type {number[]} */ times, now = Date.now()) {
  const { length } = times;
  return length < 2 ? 0 : times[length - 1] + 1000 * 2 ** length - now;
}

/** Counts milliseconds since `from`, by the clock that says more: one may be set back, the other stops while a device sleeps. */
export function stopwatch(/** @type {number} */ from) {
  const begin = performance.now() - (Date.now() - from);
  return () => Math.max(Date.now() - from, performance.now() - begin);
}

/**
 * The answer to a refresh. Answers may be slow and may get lost, and the server takes an old token for stolen when its
 * grace is over. So:
 *
 * - A try is not aborted while it may be answered and no other one was: the server may have carried it out, and then
 *   its answer has the only token that is good from now on.
 * - A try that fails on the way, or is answered for a server that is being restarted, is followed by another one.
 * - Beside a try that may be answered another one is sent only if a question that was asked later has its answer
 *   already, so that the network is quick and the try's own answer seems to be lost; and only if it will arrive within
 *   the server's grace after the first.
 *
 * @param {object} how
 * @param {(controller: AbortController) => Promise<Response>} how.send
 * @param {() => Promise<unknown>} how.ask - asks the server something else
 * @param {() => Promise<number>} how.pause - for how long no other try may be sent; if one may, it is counted
 * @param {() => number} how.age - of the first try, in milliseconds
 * @param {number} how.grace - the server's, in milliseconds
 * @param {number} how.usual - how long the last answer took, in milliseconds: a server may be slow with refreshes alone
 * @returns {Promise<{ answer: Response, sent: number }>} and when what was answered was sent, by Date.now()
 */
export function persist({ send, ask, pause, age, grace, usual }) {
  /** The tries that may be answered. @type {Set<AbortController>} */
  const open = new Set();
  let isOver = false;
  return new Promise((done, failed) => {
    const end = (/** @type {() => void} */ settle) => {
      isOver = true;
      for (const one of open) one.abort();
      settle();
    };
    async function attempt() {
      const one = new AbortController();
      const sent = Date.now();
      open.add(one);
      const [answer, error] = await send(one).then((answer) => [answer], (error) => [undefined, error]);
      open.delete(one);
      const settle = () => (answer ? done({ answer, sent }) : failed(error));
      if (answer && !COMING_BACK.includes(answer.status)) return isOver || end(settle);
      if (answer) await sleep(RESTART);
      if (isOver || open.size > 0) return;
      if ((await pause()) > 0) end(settle);
      else attempt();
    }
    async function watch() {
      for (let wait = Math.min(SLOW, grace / 5); age() + wait < usable(grace); wait *= 2) {
        await sleep(wait);
        const isThere = !isOver && (await ask().then(() => true, () => false));
        // Two that stood still together go on together, and the refresh takes the server longer.
        await sleep(Math.max(usual * 1.5 - age(), wait / 4));
        if (isOver) return;
        if (isThere && age() < usable(grace) && (await pause()) <= 0 && !isOver) attempt();
      }
    }
    attempt();
    watch();
  });
}
