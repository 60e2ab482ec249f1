// A slow network in Chromium, and the grace of the real server: client_latency.test.js has thousands of cases of it.

import assert from "node:assert/strict";

import { on } from "./support/everywhere.js";
import { App } from "./support/tabs.js";

const REFRESHED = "POST /api/v1/users/refresh/ 200";

/** Ada is logged in, with this `refresh_grace`, and time stands still in her tabs. */
async function open(world, refresh_grace, tabs = 1) {
  await world.server.restart({ refresh_grace });
  const app = await App.open(world, { tabs });
  await world.person("ada@example.com").signUp();
  await app.logIn();
  await app.stopTheClock();
  // This refresh takes no time at all, so the server is known to be quick. The first tab comes last: it then knows of
  // all others, and sends the next one itself.
  for (const tab of app.tabs.toReversed()) await tab.evaluate(() => session.refresh());
  app.passed("");
  return app;
}

/** Refreshes in a tab, and comes back when that was sent; `answered` is whether somebody is logged in. */
async function refresh(tab) {
  const sent = tab.waitForRequest((request) => request.url().endsWith("/refresh/"));
  const answered = tab.evaluate(() => session.refresh());
  answered.catch(() => {});
  await sent;
  return { answered };
}

/** Lets a minute go by at most, in steps: a tab whose timer is over does something before it sets the next one. */
async function untilSettled(app, promise) {
  let isSettled = false;
  promise.finally(() => (isSettled = true)).catch(() => {});
  for (let step = 0; step < 120 && !isSettled; step += 1) await app.context.clock.runFor(500);
}

/** A refresh token that was used twice is told in the server's log, and so is whoever follows. */
const isCalm = (world) => assert.doesNotMatch(world.server.log, /superseded|two places/);

for (const grace of ["0s", "2s", "10s", "5m"]) {
  on(["SQLite"], `a slow network and a refresh_grace of ${grace}: a refresh is sent once, and nobody is logged out`, async (world) => {
    const app = await open(world, grace);
    for (const seconds of [5, 13, 60, 170]) {
      const goOn = app.front.standStill();
      const { answered } = await refresh(app.tabs[0]);
      await app.context.clock.runFor(seconds * 1000);
      goOn();
      assert.equal(await answered, true, `${seconds} s`);
      assert.deepEqual(app.passed("refresh/"), [REFRESHED], `${seconds} s`);
    }
    await app.everyTabShows("ada@example.com");
    isCalm(world);
  });
}

for (const [grace, milliseconds] of [["2s", 400], ["10s", 2000], ["5m", 2000]]) {
  on(["SQLite"], `an answer that never comes is asked for again within a refresh_grace of ${grace}`, async (world) => {
    const app = await open(world, grace);
    app.front.holdAnswer("refresh/");
    const { answered } = await refresh(app.tabs[0]);
    // The server's answer to something else comes, and that of the refresh does not.
    await app.context.clock.runFor(milliseconds - 1);
    const isThere = app.tabs[0].waitForResponse((answer) => answer.url().endsWith("/users/"));
    await app.context.clock.runFor(1);
    await isThere;
    let isAnswered = false;
    answered.finally(() => (isAnswered = true)).catch(() => {});
    // So slow the server may seem while the machine is busy: still within the grace.
    for (let step = 0; step < 10 && !isAnswered; step += 1) await app.context.clock.runFor(100);
    assert.equal(await answered, true);
    assert.deepEqual(app.passed("refresh/"), [REFRESHED]);
    await app.everyTabShows("ada@example.com");
    isCalm(world);
  });
}

on(["SQLite"], "with no grace at all an answer is waited for, and nothing is sent beside it", async (world) => {
  const app = await open(world, "0s", 2);
  const held = app.front.holdAnswer("refresh/");
  const { answered } = await refresh(app.tabs[0]);
  await held.hasCome;
  // Another tab has waited for its turn for long enough, and waits all the same.
  const other = app.tabs[1].evaluate(() => session.refresh());
  await app.context.clock.runFor(100_000);
  held.letGo();
  assert.equal(await answered, true);
  await untilSettled(app, other);
  assert.equal(await other, true);
  assert.deepEqual(app.passed("refresh/"), [REFRESHED]);
  isCalm(world);
});

on(["SQLite"], "a page that is loaded again while it refreshes keeps what the refresh brings", async (world) => {
  const app = await open(world, "0s");
  const [tab] = app.tabs;
  const before = await app.context.cookies();
  const held = app.front.holdAnswer("refresh/");
  await refresh(tab);
  await held.hasCome;
  await tab.reload();
  await app.everyTabShows("ada@example.com");
  held.letGo();
  const isNew = (cookies) => cookies.find(({ name }) => name === "refresh").value !== before.find(({ name }) => name === "refresh").value;
  while (!isNew(await app.context.cookies()));
  // The page that comes does not know of it, and waits as long as the browser would have let it go on.
  const later = tab.evaluate(() => session.refresh());
  await untilSettled(app, later);
  assert.equal(await later, true);
  assert.deepEqual(app.passed("refresh/"), [REFRESHED, REFRESHED]);
  isCalm(world);
});
