// Time that goes by only when nothing is left to do: hours of it in milliseconds.

/** How long a run may be, in events: what goes on for ever is found out. */
const MOST_EVENTS = 20_000;

/** A clock with timers. */
export class SimulatedTime {
  /** Milliseconds, as Date.now() has them. */
  now = Date.UTC(2026, 0, 5, 12);

  #timers = new Map();
  #last = 0;

  /** Runs `act` after so many milliseconds, and answers a number to cancel it with. */
  after(ms, act) {
    this.#last += 1;
    this.#timers.set(this.#last, { at: this.now + Math.max(0, Number(ms) || 0), act });
    return this.#last;
  }

  cancel(number) {
    this.#timers.delete(number);
  }

  /** Lets so many milliseconds go by. */
  async pass(ms) {
    const end = this.now + ms;
    for (let events = 0; ; events += 1) {
      if (events > MOST_EVENTS) throw new Error(`more than ${MOST_EVENTS} things happened in ${ms} ms`);
      // Every promise that can go on does so before.
      await new Promise(setImmediate);
      const next = [...this.#timers].reduce((first, one) => (first && first[1].at <= one[1].at ? first : one), undefined);
      if (!next || next[1].at > end) break;
      this.#timers.delete(next[0]);
      this.now = Math.max(this.now, next[1].at);
      next[1].act();
    }
    this.now = end;
  }

  /** Lets time go by until a promise is settled, or so many milliseconds are over; answers what it brought. */
  async until(promise, ms = 600_000) {
    let isSettled = false;
    const watched = promise.finally(() => (isSettled = true));
    watched.catch(() => {});
    for (const end = this.now + ms; !isSettled && this.now < end; ) {
      await new Promise(setImmediate);
      if (!isSettled) await this.pass(this.#soonest(end));
    }
    if (!isSettled) throw new Error(`nothing came of it in ${ms} ms`);
    return watched;
  }

  #soonest(end) {
    const soonest = Math.min(end, ...[...this.#timers.values()].map(({ at }) => at));
    return Math.max(0, soonest - this.now);
  }
}
