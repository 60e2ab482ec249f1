// What the tabs keep and tell one another is garbage, blocked or gone: they find back by themselves.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { App, status, untilInLine } from "./support/tabs.js";

/** Puts something in the place of the tabs' record, or nothing. `record` is an expression. */
const overwrite = (tab, record) =>
  tab.evaluate(async (expression) => {
    const request = indexedDB.open("frontgate", 1);
    await new Promise((done) => (request.onsuccess = done));
    const transaction = request.result.transaction("sessions", "readwrite");
    const records = transaction.objectStore("sessions");
    const name = `frontgate ${location.origin}/api/v1/users/`;
    if (expression) records.put((0, eval)(`(${expression})`), name);
    else records.clear();
    await new Promise((done) => (transaction.oncomplete = done));
    request.result.close();
  }, record);

const RECORDS = {
  "nothing, or what is no record": [undefined, "null", "'ada@example.com'"],
  "one with an impossible number": [
    "{ n: '7', email: 7 }",
    "{ n: NaN, email: 'grace@example.com' }",
    "{ n: Infinity, email: null }",
    "{ n: 1e308, email: null }",
    "{ n: 9007199254740991, email: 'ada@example.com' }",
    "{ n: -1, email: 'ada@example.com' }",
  ],
  "one with impossible times": [
    "{ n: 8, email: 'ada@example.com', expires: NaN, lifetime: 'long' }",
    "{ n: 8, email: 'ada@example.com', expires: Date.UTC(9999, 0), lifetime: 900000 }",
    "{ n: 8, email: 'ada@example.com', expires: 5, lifetime: 1e-300, holder: 5, lease: Infinity }",
  ],
};

for (const [what, records] of Object.entries(RECORDS)) {
  onBoth(`the record of the tabs becomes ${what}, and they go on`, async (world) => {
    await world.person("ada@example.com").signUp();
    for (const record of records) {
      await goesOn(world, record).catch((error) => {
        throw new Error(`${record}: ${error.message}`);
      });
    }
  });
}

async function goesOn(world, record) {
  const app = await App.open(world, { tabs: 2 });
  await app.logIn();
  await overwrite(app.tabs[0], record);
  await app.forgetAccess();
  app.passed("");
  assert.deepEqual(await app.statuses(), [200, 200]);
  await app.openTab();
  await app.everyTabShows("ada@example.com");
  const refreshes = app.passed("refresh/").length;
  assert.ok(refreshes <= 3, `${refreshes} refreshes`);
  // News goes round again, in every direction.
  await app.tabs[2].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  await app.logIn();
  await app.tabs[1].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  await app.context.close();
}

onBoth("what something else tells the tabs changes nothing", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  const thrown = [];
  for (const tab of app.tabs) tab.on("pageerror", ({ message }) => thrown.push(message));
  await app.signUp();
  await app.tabs[0].evaluate(() => {
    const channel = new BroadcastChannel(`frontgate ${location.origin}/api/v1/users/`);
    const told = [undefined, null, "log out", 7, [], {}, { n: 1e308 }, { n: Infinity, email: null }, { n: NaN, email: null }, { n: "9", email: null }, { n: 1e9, email: 7 }];
    for (const message of told) channel.postMessage(message);
  });
  app.passed("");
  assert.deepEqual(await app.statuses(), [200, 200]);
  await app.everyTabShows("ada@example.com");
  assert.deepEqual(app.passed("refresh/"), []);
  await app.tabs[1].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  assert.deepEqual(thrown, []);
});

onBoth("a later version of the database does not wait for the tabs, nor they for it", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  const isOpen = await app.tabs[0].evaluate(async () => {
    const request = indexedDB.open("frontgate", 2);
    return new Promise((done) => {
      request.onsuccess = () => done(true);
      request.onblocked = () => done(false);
    });
  });
  assert.equal(isOpen, true);
  await app.forgetAccess();
  assert.deepEqual(await app.statuses(), [200, 200]);
  await app.openTab();
  await app.everyTabShows("ada@example.com");
  await app.tabs[2].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
});

onBoth("a database that does not open keeps no tab waiting", async (world) => {
  const app = await App.open(world, { tabs: 0 });
  await app.context.addInitScript(() => {
    // An upgrade that is blocked for ever.
    IDBFactory.prototype.open = () => ({});
  });
  await app.openTab();
  await app.openTab();
  await app.signUp();
  await app.forgetAccess();
  assert.deepEqual(await app.statuses(), [200, 200]);
  await app.tabs[1].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
});

onBoth("the database is deleted, and the tabs have a new one", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await app.signUp();
  const isDeleted = await app.tabs[0].evaluate(async () => {
    const request = indexedDB.deleteDatabase("frontgate");
    return new Promise((done) => {
      request.onsuccess = () => done(true);
      request.onblocked = () => done(false);
    });
  });
  assert.equal(isDeleted, true);
  await app.forgetAccess();
  app.passed("");
  assert.deepEqual(await app.statuses(), [200, 200, 200]);
  // They take turns again.
  await app.forgetAccess();
  app.passed("");
  assert.deepEqual(await app.statuses(), [200, 200, 200]);
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
});

onBoth("a tab that keeps the lock for ever keeps the others waiting for half a minute", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.context.clock.install();
  await app.signUp();
  await app.tabs[0].evaluate(
    () => new Promise((has) => navigator.locks.request(`frontgate ${location.origin}/api/v1/users/`, () => (has(), new Promise(() => {})))),
  );
  await app.forgetAccess();
  const answered = status(app.tabs[1]);
  await untilInLine(app.tabs[1]);
  await app.context.clock.fastForward("00:31");
  assert.equal(await answered, 200);
});

onBoth("tabs that may share nothing, as in Firefox where cookies are blocked, log in each for itself", async (world) => {
  const app = await App.open(world, { tabs: 0 });
  await app.context.addInitScript(() => {
    const refuse = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    globalThis.BroadcastChannel = class {
      constructor() {
        refuse();
      }
    };
    Object.defineProperty(globalThis, "indexedDB", { get: refuse });
    LockManager.prototype.request = async () => refuse();
  });
  await app.openTab();
  await app.signUp();
  await app.forgetAccess();
  assert.equal(await status(app.tabs[0]), 200);
  await app.openTab();
  await app.everyTabShows("ada@example.com");
  await app.tabs[0].evaluate(() => session.logOut());
  assert.equal(await app.tabs[0].locator("#view").textContent(), "Log in");
  // The other one finds out when it asks for something.
  assert.equal(await status(app.tabs[1]), 401);
  await app.everyTabShows("Log in");
});
