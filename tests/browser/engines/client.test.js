// What the client promises, in engines that differ in cookies, locks, storage and what they keep of pages: over https,
// with the cookies as they are.

import assert from "node:assert/strict";

import { inEach } from "../support/engines.js";
import { Front } from "../support/front.js";
import { Host } from "../support/host.js";
import { App } from "../support/tabs.js";
import { REFRESHED, refreshes, status, statusAtOnce } from "./at_once.js";

const ROUNDS = 10;

/** An app over https. */
async function open(world, tabs, wanted) {
  const front = await Front.of(world);
  const host = await Host.of(world, "127.0.0.1", { "/": () => front.url() });
  return App.open(world, { tabs, front, origin: host.url(), context: await world.newContext(wanted) });
}

inEach("signing up, logging in and logging out are seen in other tabs", async (world) => {
  const app = await open(world, 3);
  await app.everyTabShows("Log in");
  await app.signUp();
  await app.tabs[2].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  for (const tab of app.tabs) assert.equal(await tab.evaluate(() => session.reason.value), "logged_out");
  assert.deepEqual(await app.context.cookies(), []);
  await app.logIn();
  await app.openTab();
  await app.everyTabShows("ada@example.com");
});

inEach("five tabs whose access cookie is gone refresh once, and every request is answered", async (world) => {
  const app = await open(world, 5);
  await app.signUp();
  for (let round = 0; round < ROUNDS; round += 1) {
    refreshes(app);
    await app.forgetAccess();
    assert.deepEqual(await statusAtOnce(app), [200, 200, 200, 200, 200], `round ${round}`);
    assert.deepEqual(refreshes(app), [REFRESHED], `round ${round}`);
  }
});

inEach("the answer to a refresh is lost on the way, and nobody is logged out", async (world) => {
  const app = await open(world, 2);
  await app.signUp();
  refreshes(app);
  app.front.loseNext("refresh/");
  await app.forgetAccess();
  assert.equal(await status(app.tabs[0]), 200);
  assert.deepEqual(refreshes(app), ["POST /api/v1/users/refresh/ lost", REFRESHED]);
  await app.everyTabShows("ada@example.com");
});

inEach("an operator ends the session, and the next request of any tab leads to the log-in view", async (world) => {
  const app = await open(world, 3);
  await app.signUp();
  const cookies = await app.context.cookies();
  await world.server.command(["sessions", "revoke", "--user", "ada@example.com", "--yes"]);
  await world.server.untilRefused(cookies);
  assert.equal(await status(app.tabs[1]), 401);
  await app.everyTabShows("Log in");
  for (const tab of app.tabs) assert.equal(await tab.evaluate(() => session.reason.value), "ended");
  assert.deepEqual(await app.context.cookies(), []);
});

inEach("a tab that is loaded again stays logged in, with one refresh if the access cookie is gone", async (world) => {
  const app = await open(world, 2);
  await app.signUp();
  for (const expected of [[], [REFRESHED]]) {
    if (expected.length > 0) await app.forgetAccess();
    refreshes(app);
    await app.tabs[0].reload();
    await app.everyTabShows("ada@example.com");
    assert.equal(await status(app.tabs[0]), 200);
    assert.deepEqual(refreshes(app), expected);
  }
});

inEach("a tab is loaded again while it refreshes, and stays logged in", async (world) => {
  const app = await open(world, 2);
  await app.signUp();
  await app.forgetAccess();
  const held = app.front.holdAnswer("refresh/");
  const lost = status(app.tabs[0]).catch(() => "lost");
  await held.hasCome;
  await app.tabs[0].reload();
  held.letGo();
  assert.equal(await lost, "lost");
  await app.everyTabShows("ada@example.com");
  assert.deepEqual([await status(app.tabs[0]), await status(app.tabs[1])], [200, 200]);
});

inEach("tabs refresh by themselves, asked by nobody", async (world) => {
  await world.server.restart({ access_token_lifetime: "5s" });
  const app = await open(world, 2);
  await app.signUp();
  refreshes(app);
  const expiresAt = (tab) => tab.evaluate(() => session.expiresAt.value);
  const first = await expiresAt(app.tabs[0]);
  for (const tab of app.tabs) await tab.waitForFunction(`session.expiresAt.value > ${first}`);
  assert.equal(refreshes(app).at(0), REFRESHED);
  await app.everyTabShows("ada@example.com");
});

inEach("a tab is closed while it refreshes, and the others go on", async (world) => {
  const app = await open(world, 3);
  await app.signUp();
  await app.forgetAccess();
  const held = app.front.hold("refresh/");
  const tab = app.tabs.shift();
  const lost = status(tab).catch(() => "lost");
  await held.hasCome;
  const answered = Promise.all(app.tabs.map(status));
  await tab.close();
  held.letGo();
  assert.equal(await lost, "lost");
  assert.deepEqual(await answered, [200, 200]);
});

inEach("a tab that comes back to the page shows what has happened meanwhile", async (world) => {
  const app = await open(world, 2);
  await app.signUp();
  await app.tabs[0].goto(app.url("/api/orders"));
  await app.tabs[1].evaluate(() => session.logOut());
  await app.tabs[0].goBack();
  await app.everyTabShows("Log in");
});

inEach("a private window is a browser like others", async (world) => {
  const app = await open(world, 3, { privately: true });
  await app.signUp();
  // What drives Firefox does not find the cookies of private windows.
  const forgotten = { "Set-Cookie": "access=; Path=/; Max-Age=0" };
  app.front.at("/forget/", (request, answer) => answer.writeHead(204, forgotten).end());
  await app.tabs[0].evaluate(() => fetch("/forget/").then(({ status }) => status));
  refreshes(app);
  assert.deepEqual(await statusAtOnce(app), [200, 200, 200]);
  assert.deepEqual(refreshes(app), [REFRESHED]);
  await app.tabs[1].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
});
