// Values that can be looked at and subscribed to.
// @ts-check

/** A signal, and what sets it. @template T */
export function signal(/** @type {T} */ value) {
  /** @type {Set<() => void>} */
  const subscribers = new Set();
  const readable = {
    get value() {
      return value;
    },
    subscribe(/** @type {(value: T) => void} */ run) {
      const tell = () => run(value);
      subscribers.add(tell);
      tell();
      return () => void subscribers.delete(tell);
    },
  };
  const set = (/** @type {T} */ next) => {
    if (next === value) return;
    value = next;
    for (const tell of [...subscribers]) {
      try {
        tell();
      } catch (error) {
        // It is the subscriber's, and the others hear of the change all the same.
        (globalThis.reportError ?? console.error)(error);
      }
    }
  };
  return { readable, set };
}
