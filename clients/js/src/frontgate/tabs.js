// What the tabs of a browser know together, and that one of them acts at a time.
// @ts-check

import { ANSWERS_WITHIN, sleep, usable } from "./tries.js";

/**
 * `n` counts changes: clocks may go back. `id` and `email` are the user's, the address is null when nobody is logged in, for
 * this `reason`;
 * `expires` is when the access token does, by Date.now(), and `lifetime` how long it lived when it was new,
 * both in milliseconds. `was` is the address that the same person had before. A refresh without an answer so far was
 * `sent` at that time, the server's `grace` is in milliseconds, and `tries` are the times of the refreshes since the last
 * that was answered. The tab that holds the lock where there are no Web Locks is `holder`, until `lease`.
 *
 * @typedef {object} Shared
 * @property {number} n
 * @property {number} [id]
 * @property {string | null} [email]
 * @property {string | null} [was]
 * @property {"logged_out" | "ended"} [reason]
 * @property {number} [expires]
 * @property {number} [lifetime]
 * @property {number} [sent]
 * @property {number} [grace]
 * @property {number[]} [tries]
 * @property {number} [holder]
 * @property {number} [lease]
 */

/**
 * Where there are no Web Locks, a tab that went away with the lock keeps it so long, in milliseconds: if it took the
 * answer to a refresh with it, the next tab must ask within the server's grace (10 s).
 */
const LEASE = 5000;
/** How often a tab that needs it for longer says so, in milliseconds. */
const RENEWAL = 1000;
/** How long a tab waits until it asks again whether it is its turn, in milliseconds: at first, and at most. */
const PAUSES = [50, 500];
/** A database that is not open in so many milliseconds may never be: another version of it waits for somebody. */
const OPENS_WITHIN = 1000;
/** A tab that has the Web Lock for longer, in milliseconds, may not give it back: a dialog or a debugger stops it. */
const TURN = 30_000;
/** Browsers let a refresh go on for this many milliseconds when its page is gone. */
const OUTLIVES = 30_000;

/** Whether this is a record, and not what something else has left or told. @returns {value is Shared} */
export function isSound(/** @type {any} */ value) {
  const isNumber = (/** @type {string} */ key) => value[key] === undefined || Number.isFinite(value[key]);
  return (
    Number.isSafeInteger(value?.n) &&
    value.n >= 0 &&
    ["string", "undefined"].includes(typeof (value.email ?? undefined)) &&
    ["id", "expires", "lifetime", "sent", "grace", "holder", "lease"].every(isNumber) &&
    Array.isArray(value.tries ?? [])
  );
}

/** Whether a refresh may be answered in the end, for so long after it was sent, and another one would come after the grace. */
function isUnderWay(/** @type {Shared} */ { sent = 0, grace = 0 }, /** @type {number} */ forSoLong) {
  const age = Date.now() - sent;
  return age >= usable(grace) && age < forSoLong;
}

/** One record for all tabs, changed by one of them at a time: among them all, IndexedDB alone promises that. */
export function sharedRecord(/** @type {string} */ name) {
  /** @type {Shared} */
  let last = { n: 0 };
  /** @type {Promise<IDBDatabase | void> | undefined} */
  let opened;
  const open = () =>
    new Promise((/** @type {(database: IDBDatabase | void) => void} */ done) => {
      const request = indexedDB.open("frontgate", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("sessions");
      request.onsuccess = () => {
        const database = request.result;
        // Whoever clears it, or has another version of it, must not wait for this tab.
        database.onversionchange = () => database.close();
        opened = Promise.resolve(database);
        done(database);
      };
      request.onerror = () => done();
      setTimeout(done, OPENS_WITHIN);
    });
  /** Answers the record, after `change` when that answers another one; `isOurs`: this tab alone has it. It never fails. */
  return async (/** @type {(record: Shared, isOurs?: boolean) => Shared | void} */ change = () => {}) => {
    for (const isLast of [false, true]) {
      try {
        const database = await (opened ??= open());
        if (database) return (last = await changed(database, name, change));
        break;
      } catch {
        // The site's data was cleared meanwhile, so there is a new database; or it may keep none.
        if (!isLast) opened = undefined;
      }
    }
    // This tab knows what it did itself.
    return (last = change(last, true) ?? last);
  };
}

function changed(
  /** @type {IDBDatabase} */ database,
  /** @type {string} */ name,
  /** @type {(record: Shared) => Shared | void} */ change,
) {
  return new Promise((/** @type {(record: Shared) => void} */ done, failed) => {
    const transaction = database.transaction("sessions", "readwrite");
    const records = transaction.objectStore("sessions");
    const read = records.get(name);
    /** @type {Shared} */
    let record = { n: 0 };
    read.onsuccess = () => {
      if (isSound(read.result)) record = read.result;
      const next = change(record);
      if (next) records.put((record = next), name);
    };
    transaction.oncomplete = () => done(record);
    transaction.onabort = failed;
  });
}

/** What tabs tell one another on, or nothing: where cookies are blocked, Firefox refuses it as it refuses the rest. */
export function channelOf(/** @type {string} */ name) {
  try {
    return new BroadcastChannel(name);
  } catch {
    // This tab is on its own.
  }
}

/** Waits until something is so. */
async function until(/** @type {() => Promise<boolean>} */ isSo) {
  const [first, most] = PAUSES;
  for (let pause = first; !(await isSo()); pause = Math.min(2 * pause, most)) await sleep(pause);
}

/**
 * Runs one `act` at a time, among all tabs, with the record as it is then; and none while a refresh may be answered of a
 * page that is gone, or of a tab that has had its turn for too long: then the cookies are not what they will be.
 */
export function mutex(/** @type {string} */ name, /** @type {ReturnType<typeof sharedRecord>} */ shared) {
  const locks = globalThis.navigator?.locks;
  /** @template T @param {(record: Shared) => Promise<T>} act @returns {Promise<T>} */
  return async (act) => {
    const afterOthers = async (/** @type {number} */ forSoLong) => {
      await until(async () => !isUnderWay(await shared(), forSoLong));
      return act(await shared());
    };
    let hasBegun = false;
    const turn = new AbortController();
    const timer = setTimeout(() => turn.abort(), TURN);
    try {
      if (locks) return await locks.request(name, { signal: turn.signal }, () => ((hasBegun = true), afterOthers(OUTLIVES)));
    } catch (error) {
      if (hasBegun) throw error;
    } finally {
      clearTimeout(timer);
    }
    // Pages that came over plain http have no Web Locks, those that may keep nothing are refused them, and some wait in vain.
    const holder = Math.random();
    const isFree = ({ lease = 0 }) => lease < Date.now() || lease > Date.now() + LEASE;
    const take = (/** @type {Shared} */ record) => (isFree(record) ? { ...record, holder, lease: Date.now() + LEASE } : undefined);
    await until(async () => (await shared(take)).holder === holder);
    const renew = (/** @type {Shared} */ record) => (record.holder === holder ? { ...record, lease: Date.now() + LEASE } : undefined);
    const renewal = setInterval(() => shared(renew), RENEWAL);
    try {
      return await afterOthers(ANSWERS_WITHIN);
    } finally {
      clearInterval(renewal);
      await shared((record) => (record.holder === holder ? { ...record, holder: 0, lease: 0 } : undefined));
    }
  };
}
