// The client in one tab and in many: what an app that uses it never has to think of.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { App, failure, ready, status } from "./support/tabs.js";
import { PASSWORD } from "./support/person.js";

const ROUNDS = 20;

onBoth("five tabs with an expired access token refresh once, and every request is answered", async (world) => {
  const app = await App.open(world, { tabs: 5 });
  await app.context.clock.install();
  await app.signUp();
  for (let round = 0; round < ROUNDS; round += 1) {
    // In every second round the tabs know that it has expired; in the others they find out.
    const isKnown = round % 2 === 1;
    app.passed("");
    await app.forgetAccess();
    if (isKnown) await app.context.clock.setSystemTime(Date.now() + (round + 1) * 3_600_000);
    const statuses = await Promise.all(app.tabs.map((tab) => status(tab, "/api/v1/users/")));
    assert.deepEqual(statuses, [200, 200, 200, 200, 200], `round ${round}`);
    const passed = app.passed("");
    assert.equal(passed.filter((line) => line.includes("refresh")).length, 1, `round ${round}: ${passed.join(", ")}`);
    if (isKnown) assert.deepEqual(passed.filter((line) => line.endsWith(" 401")), [], `round ${round}`);
  }
});

onBoth("the answer to a refresh is lost on the way, and nobody is logged out", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  app.passed("");
  app.front.loseNext("refresh/");
  await app.forgetAccess();
  assert.equal(await status(app.tabs[0], "/api/v1/users/"), 200);
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ lost", "POST /api/v1/users/refresh/ 200"]);
  await app.everyTabShows("ada@example.com");
});

onBoth("logging in and out in one tab is seen in the others", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await app.everyTabShows("Log in");
  await app.signUp();
  assert.equal(await app.tabs[0].evaluate(() => session.reason.value), undefined);
  await app.tabs[2].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  for (const tab of app.tabs) assert.equal(await tab.evaluate(() => session.reason.value), "logged_out");
  await app.logIn();
  assert.equal(await app.tabs[1].evaluate(() => session.logOutEverywhere()), 1);
  await app.everyTabShows("Log in");
  // A tab that is opened later knows it as well.
  await app.openTab();
  await app.everyTabShows("Log in");
});

onBoth("an operator ends the session, and the next request of any tab leads to the log-in view", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await app.signUp();
  await world.server.command(["sessions", "revoke", "--user", "ada@example.com", "--yes"]);
  await world.untilRefused(app.context);
  assert.equal(await status(app.tabs[1]), 401);
  assert.equal(await app.tabs[1].locator("#view").textContent(), "Log in");
  await app.everyTabShows("Log in");
  for (const tab of app.tabs) assert.equal(await tab.evaluate(() => session.reason.value), "ended");
  assert.deepEqual(await app.context.cookies(), []);
});

onBoth("a password change keeps every tab of this browser logged in, and no other device", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  const phone = world.person("ada@example.com");
  assert.equal((await phone.logIn()).status, 200);
  assert.equal((await app.tabs[0].evaluate(() => session.sessions())).length, 2);
  await app.tabs[0].evaluate((old) => session.changePassword(old, "a staple of another day"), PASSWORD);
  assert.equal((await phone.info()).status, 401);
  await app.forgetAccess();
  assert.deepEqual(await app.statuses(), [200, 200]);
});

onBoth("the devices of a user are listed and ended, this one too", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  const phone = world.person("ada@example.com");
  await phone.logIn();
  const [tab] = app.tabs;
  const devices = await tab.evaluate(() => session.sessions());
  assert.deepEqual(devices.map(({ current }) => current).sort(), [false, true]);
  await tab.evaluate((id) => session.endSession(id), devices.find(({ current }) => !current).id);
  assert.equal((await phone.info()).status, 401);
  await app.everyTabShows("ada@example.com");
  const gone = await failure(tab, () => session.endSession("0".repeat(32)));
  assert.deepEqual([gone.code, gone.status], ["not_found", 404]);
  await tab.evaluate((id) => session.endSession(id), devices.find(({ current }) => current).id);
  await app.everyTabShows("Log in");
});

onBoth("the profile is read and changed, and a new address is seen in every tab", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  const [tab] = app.tabs;
  await tab.evaluate(() => session.changeProfile({ first_name: "Ada" }));
  assert.equal((await tab.evaluate(() => session.profile())).first_name, "Ada");
  const wrong = await failure(tab, () => session.changeProfile({ email: "countess@example.com", password: "not mine" }));
  assert.equal(wrong.code, "invalid");
  await tab.evaluate((password) => session.changeProfile({ email: "countess@example.com", password }), PASSWORD);
  await app.everyTabShows("countess@example.com");
});

onBoth("a browser that is started again with five tabs refreshes once", async (world) => {
  const app = await App.open(world);
  await app.context.clock.install();
  await app.signUp();
  await app.forgetAccess();
  await app.context.clock.setSystemTime(Date.now() + 3_600_000);
  app.passed("");
  await Promise.all(Array.from({ length: 5 }, () => app.openTab()));
  await app.everyTabShows("ada@example.com");
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
});

onBoth("a log-out while another tab is being opened is seen there", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  // The new tab asks who is logged in, and hears of it only after the log-out.
  const held = app.front.holdAnswer("users/");
  const opening = app.openTab(undefined, { isReady: false });
  await held.hasCome;
  await app.tabs[0].evaluate(() => session.logOut());
  held.letGo();
  const tab = await opening;
  assert.equal(await tab.evaluate(ready), null);
  await app.everyTabShows("Log in");
});
