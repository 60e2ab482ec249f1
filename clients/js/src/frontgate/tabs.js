// What the tabs of a browser know together, and that one of them acts at a time.
// @ts-check

/**
 * `n` counts changes: clocks may go back. `email` is null when nobody is logged in, for this `reason`;
 * `expires` is when the access token does, by Date.now(), and `lifetime` how long it lived when it was new,
 * both in milliseconds. Whoever holds the lock where there are no Web Locks is `holder`, until `lease`.
 *
 * @typedef {object} Shared
 * @property {number} n
 * @property {string | null} [email]
 * @property {"logged_out" | "ended"} [reason]
 * @property {number} [expires]
 * @property {number} [lifetime]
 * @property {number} [holder]
 * @property {number} [lease]
 */

/** Where there are no Web Locks, a tab that went away with the lock keeps it so long, in milliseconds. */
const LEASE = 15_000;
/** How often a tab asks for the lock then, in milliseconds. */
const PAUSE = 50;

/** One record for all tabs, changed by one of them at a time: among them all, IndexedDB alone promises that. */
export function sharedRecord(/** @type {string} */ name) {
  /** @type {Shared} */
  let last = { n: 0 };
  const opened = new Promise((/** @type {(database: IDBDatabase | null) => void} */ done) => {
    const request = indexedDB.open("frontgate", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("sessions");
    request.onsuccess = () => done(request.result);
    request.onerror = () => done(null);
  });
  /** Answers the record, after `change` when that answers another one. It never fails. */
  return async (/** @type {(record: Shared) => Shared | void} */ change = () => {}) => {
    try {
      const database = await opened;
      if (database) return (last = await changed(database, name, change));
    } catch {
      // The site's data was cleared meanwhile, or it may keep none.
    }
    // This tab knows what it did itself.
    return (last = change(last) ?? last);
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
      record = read.result ?? record;
      const next = change(record);
      if (next) records.put((record = next), name);
    };
    transaction.oncomplete = () => done(record);
    transaction.onabort = failed;
  });
}

/** Runs one `act` at a time, among all tabs. */
export function mutex(/** @type {string} */ name, /** @type {ReturnType<typeof sharedRecord>} */ shared) {
  const locks = globalThis.navigator?.locks;
  /** @template T @param {() => Promise<T>} act @returns {Promise<T>} */
  return async (act) => {
    let hasBegun = false;
    try {
      if (locks) return await locks.request(name, () => ((hasBegun = true), act()));
    } catch (error) {
      if (hasBegun) throw error;
    }
    // Pages that came over plain http have no Web Locks, and those that may keep nothing are refused them.
    const holder = Math.random();
    const isFree = ({ lease = 0 }) => lease < Date.now() || lease > Date.now() + LEASE;
    const take = (/** @type {Shared} */ record) => (isFree(record) ? { ...record, holder, lease: Date.now() + LEASE } : undefined);
    while ((await shared(take)).holder !== holder) await new Promise((done) => setTimeout(done, PAUSE));
    try {
      return await act();
    } finally {
      await shared((record) => (record.holder === holder ? { ...record, holder: 0, lease: 0 } : undefined));
    }
  };
}
