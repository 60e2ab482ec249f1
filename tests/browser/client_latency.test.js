// Slow networks and lost answers: the real client, in a simulated browser, against the server's state machine.
//
// If answers arrive, nobody is logged out and no alarm goes off, at any latency and with any `refresh_grace`. If an answer
// is lost, the same holds as long as the retry arrives within the grace; beyond it the session ends, once. There are at
// most six refreshes a minute, and none when the session has ended.

import assert from "node:assert/strict";

import { once } from "./support/everywhere.js";
import { SimulatedBrowser } from "./support/simulated_browser.js";
import { SimulatedServer } from "./support/simulated_server.js";
import { SimulatedTime } from "./support/simulated_time.js";

const ADA = { email: "ada@example.com", id: 19 };
const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Seconds from the request to its answer. */
const LATENCIES = [0, 0.05, 0.5, 1, 2, 3, 4, 5, 6, 8, 9.5, 10.5, 12, 15, 20, 25, 29, 31, 40, 50, 60];
/** Seconds. */
const GRACES = [0, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300];
/** How much of the latency is on the way to the server. */
const SHARES = [0, 0.5, 1];

/** A number for each letter of a text, to begin with. */
function dice(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Ada's browser, and the server, when she has just logged in. */
class Visit {
  time = new SimulatedTime();
  server = new SimulatedServer(this.time);
  browser;
  tab;
  /** The refreshes that were sent since she has logged in. */
  refreshes = 0;

  static async begin({ latency, share = 0.5, grace = 10, lifetime = 900, others = latency, jitter = 0, fate = () => ({}), tabs = 1, hasLocks, seed = 7 }) {
    const visit = new Visit();
    Object.assign(visit.server, { grace, lifetime });
    const random = dice(seed);
    const way = (seconds) => seconds * SECOND * (1 + jitter * (2 * random() - 1));
    const network = ({ path }) => {
      const isRefresh = path === "refresh/";
      if (isRefresh && visit.isIn) visit.refreshes += 1;
      const total = isRefresh ? latency : others;
      const ways = { up: way(total * share), down: way(total * (1 - share)) };
      return { ...ways, ...(visit.isIn && fate({ path, number: isRefresh ? visit.refreshes : 0, visit })) };
    };
    visit.browser = await SimulatedBrowser.of(visit.time, visit.server, network, random);
    for (let number = 0; number < tabs; number += 1) visit.tab = visit.browser.open({ hasLocks });
    await visit.time.until(visit.tab.session.ready);
    await visit.time.until(visit.tab.session.logIn("ada@example.com", "correct horse battery"));
    visit.isIn = true;
    visit.server.refreshes.length = 0;
    visit.browser.sent.length = 0;
    return visit;
  }

  /** What was decided of each refresh, in order. */
  get decisions() {
    return this.server.refreshes.map(({ decision }) => decision);
  }

  count(decision) {
    return this.decisions.filter((one) => one === decision).length;
  }

  /** She is logged in, in every tab, and the server was never alarmed. */
  isLoggedIn() {
    assert.equal(this.server.ended, null);
    assert.equal(this.count("reuse"), 0);
    for (const { session } of this.browser.tabs) assert.equal(session.user.value?.email, ADA.email);
  }

  /** The session ended by one reuse, every tab knows it, and nothing is asked any more. */
  async isLoggedOutOnce() {
    assert.equal(this.server.ended, "reuse_detected");
    assert.equal(this.count("reuse"), 1);
    for (const { session } of this.browser.tabs) {
      assert.equal(session.user.value, null);
      assert.equal(session.reason.value, "ended");
    }
    const { length } = this.browser.sent;
    await this.time.pass(60 * MINUTE);
    assert.equal(this.browser.sent.length, length, "it goes on asking");
  }

  /** No minute has more than six refreshes. */
  isModest() {
    const { sent } = this.browser;
    for (const at of sent) {
      const inAMinute = sent.filter((other) => other >= at && other < at + MINUTE).length;
      assert.ok(inAMinute <= 6, `${inAMinute} refreshes in a minute: ${sent.map((time) => time - sent[0]).join(", ")}`);
    }
  }
}

/** Runs `act` for each case, and says for which it failed. */
async function sweep(cases, act) {
  let done = 0;
  for (const one of cases) {
    await act(one).catch((error) => {
      error.message = `${JSON.stringify(one)}: ${error.message}`;
      throw error;
    });
    done += 1;
  }
  return done;
}

/** Every combination of these values. */
function* every(lists) {
  const [[name, values], ...others] = Object.entries(lists);
  for (const value of values) {
    if (others.length === 0) yield { [name]: value };
    else for (const more of every(Object.fromEntries(others))) yield { [name]: value, ...more };
  }
}

once("if answers arrive, nobody is logged out at any latency and with any grace", async () => {
  const cases = [...every({ latency: LATENCIES, grace: GRACES, share: SHARES, isAlone: [false, true] })];
  const done = await sweep(cases, async ({ isAlone, ...how }) => {
    // Either the whole network is slow, or the refresh alone.
    const visit = await Visit.begin({ ...how, others: isAlone ? 0.05 : how.latency });
    await visit.time.pass(50 * MINUTE);
    visit.isLoggedIn();
    visit.isModest();
    assert.ok(visit.count("rotate") >= 3, visit.decisions.join(" "));
    // The network being slow, no retry was sent at all. A slow server gets two, and then is known to be one.
    assert.ok(visit.count("repeat") <= (isAlone ? 4 : 0), visit.decisions.join(" "));
  });
  assert.equal(done, LATENCIES.length * GRACES.length * SHARES.length * 2);
});

once("answers that take half or twice as long as the others log nobody out", async () => {
  const seeds = Array.from({ length: 20 }, (_, seed) => seed + 1);
  await sweep(every({ seed: seeds, latency: [1, 2, 4, 5, 7, 10, 20, 40], grace: [0, 2, 5, 10, 60, 300] }), async (how) => {
    const visit = await Visit.begin({ ...how, jitter: 0.33 });
    await visit.time.pass(50 * MINUTE);
    visit.isLoggedIn();
    visit.isModest();
  });
});

once("a network that stands still for a while, and goes on, logs nobody out", async () => {
  const stills = [3, 8, 15, 30, 60];
  await sweep(every({ still: stills, begins: [0, 0.06, 1, 2.5], grace: GRACES }), async ({ still, begins, grace }) => {
    // Whatever is on its way then arrives when the network goes on.
    let stops;
    const fate = ({ path, number, visit: { time } }) => {
      if (path === "refresh/" && number === 2) stops ??= time.now + begins * SECOND;
      const leaves = (at) => (at >= stops && at < stops + still * SECOND ? stops + still * SECOND - at : 0) + 50;
      const up = leaves(time.now);
      return { up, down: leaves(time.now + up) };
    };
    const visit = await Visit.begin({ latency: 0.1, grace, fate });
    await visit.time.pass(50 * MINUTE);
    visit.isLoggedIn();
    visit.isModest();
  });
});

once("a lost answer logs nobody out when the retry arrives within the grace, and beyond it the session ends once", async () => {
  await sweep(every({ latency: LATENCIES, grace: GRACES, share: SHARES, step: [1, 2, 3] }), async ({ step, ...how }) => {
    const visit = await Visit.begin({ ...how, fate: ({ number }) => ({ isLost: number === step }) });
    await visit.time.pass(50 * MINUTE);
    visit.isModest();
    // It is sent again as soon as the loss is known.
    const lost = visit.server.refreshes[step - 1];
    const again = visit.server.refreshes[step];
    assert.equal(again.token, lost.token);
    assert.ok(again.at - lost.at < (how.latency + 0.2) * SECOND, `${again.at - lost.at} ms later`);
    if (again.at - lost.at < how.grace * SECOND) visit.isLoggedIn();
    else await visit.isLoggedOutOnce();
  });
});

once("an answer that is never heard of again is asked for within the grace, whatever that is", async () => {
  await sweep(every({ latency: LATENCIES, grace: GRACES, share: SHARES, step: [1, 3] }), async ({ step, ...how }) => {
    const visit = await Visit.begin({ ...how, fate: ({ number }) => ({ isHung: number === step }) });
    await visit.time.pass(50 * MINUTE);
    visit.isModest();
    const hung = visit.server.refreshes[step - 1];
    const retries = visit.server.refreshes.filter(({ token, at }) => token === hung.token && at > hung.at);
    assert.notEqual(retries.length, 0);
    // Nothing is sent that could arrive too late while the first may still be answered.
    const isInTime = retries[0].at - hung.at < how.grace * SECOND;
    assert.ok(isInTime || retries[0].at - hung.at >= 180 * SECOND, `${retries[0].at - hung.at} ms later`);
    // What is possible is done: to see that the network is quick takes a question, and after a slow answer patience.
    const isSeen = Math.max(Math.min(2, how.grace / 5) * 1.25 + how.latency, how.latency * 1.5);
    if (isSeen < how.grace * 0.79) assert.ok(isInTime, `${retries[0].at - hung.at} ms later`);
    if (isInTime) visit.isLoggedIn();
    else await visit.isLoggedOutOnce();
  });
});

once("when no answer arrives any more there are six refreshes a minute at most, and nobody is logged out by that", async () => {
  await sweep(every({ way: ["isLost", "isHung"], latency: [0, 5, 20], grace: [0, 1, 10, 300], tabs: [1, 3], asks: [false, true] }), async ({ way, asks, ...how }) => {
    const visit = await Visit.begin({ ...how, fate: ({ path }) => ({ [way]: path === "refresh/" }) });
    for (let step = 0; step < 50; step += 1) {
      if (asks) for (const { session } of visit.browser.tabs) session.refresh().catch(() => {});
      await visit.time.pass(30 * SECOND);
    }
    visit.isModest();
    assert.ok(visit.browser.sent.length >= 3, "it gave up");
    for (const { session } of visit.browser.tabs) assert.equal(session.user.value?.email, ADA.email);
  });
});

once("a session that has ended is asked about once, however slow the answer", async () => {
  await sweep(every({ latency: LATENCIES, grace: GRACES, tabs: [1, 2] }), async (how) => {
    const visit = await Visit.begin(how);
    visit.server.ended = "revoked";
    await visit.time.pass(20 * MINUTE);
    // A tab that had to wait for another one for half a minute asks by itself.
    const isAlone = how.tabs === 1 || how.latency < 30 || how.grace < 60;
    assert.ok(visit.decisions.length === 1 || (visit.decisions.length === 2 && !isAlone), visit.decisions.join(" "));
    for (const { session } of visit.browser.tabs) assert.equal(session.user.value, null);
    visit.server.refreshes.length = 0;
    await visit.time.pass(60 * MINUTE);
    assert.deepEqual(visit.decisions, []);
  });
});

const EVENTS = {
  "is loaded again": (visit) => {
    visit.tab.leave();
    visit.tab = visit.browser.open();
  },
  "is closed": (visit) => visit.tab.leave(),
  "is hidden, and shown again": (visit) => {
    visit.tab.document.hidden = true;
    visit.tab.tell("visibilitychange");
    visit.tab.document.hidden = false;
    visit.tab.tell("visibilitychange");
  },
  "is left by a person who logs out in another one": (visit) => visit.browser.tabs[0].session.logOut().catch(() => {}),
  "stands beside one that asks for something": (visit) => visit.browser.tabs[0].session.refresh().catch(() => {}),
  "gets company": (visit) => visit.browser.open(),
};

for (const [what, happens] of Object.entries(EVENTS)) {
  once(`a tab that ${what} while it refreshes ends no session, and alarms nobody`, async () => {
    const afterwards = [0.02, 1, 3, 9, 11, 35];
    const cases = every({ latency: [0.05, 5, 8, 12, 29], grace: [0, 2, 10, 300], afterwards, hasLocks: [true, false] });
    await sweep(cases, async ({ afterwards, ...how }) => {
      const visit = await Visit.begin({ ...how, tabs: 2 });
      // Until the last tab sends one.
      visit.browser.tabs[0].document.hidden = true;
      for (let second = 0; second < 1200 && visit.browser.sent.length === 0; second += 1) await visit.time.pass(SECOND);
      assert.equal(visit.browser.sent.length, 1);
      await visit.time.pass(afterwards * SECOND);
      visit.browser.tabs[0].document.hidden = false;
      happens(visit);
      await visit.time.pass(15 * SECOND);
      visit.browser.tabs[0].session.refresh().catch(() => {});
      await visit.time.pass(50 * MINUTE);
      visit.isModest();
      assert.equal(visit.count("reuse"), 0, visit.decisions.join(" "));
      if (what.includes("logs out")) assert.equal(visit.server.ended, "logged_out");
      else visit.isLoggedIn();
    });
  });
}

once("logging in and out takes as long as the network, and works", async () => {
  await sweep(every({ latency: [...LATENCIES, 120] }), async (how) => {
    const visit = await Visit.begin(how);
    await visit.time.until(visit.tab.session.logOut());
    assert.equal(visit.tab.session.user.value, null);
    assert.equal(visit.server.ended, "logged_out");
  });
});
