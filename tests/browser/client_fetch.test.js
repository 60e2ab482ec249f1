// `session.fetch` takes what the browser's `fetch` takes, and refreshes where that can help.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { PASSWORD } from "./support/person.js";
import { App, failure, logIn, ready, status } from "./support/tabs.js";

/** An API that answers 401 whoever asks, from every origin. It counts the questions. */
function stubborn(front) {
  let asked = 0;
  front.at("/stubborn/", (request, answer) => {
    asked += 1;
    const Origin = request.headers.origin;
    answer.writeHead(401, Origin ? { "Access-Control-Allow-Origin": Origin, "Access-Control-Allow-Credentials": "true" } : {}).end("no");
  });
  return () => asked;
}

onBoth("fifty requests that are answered with 401 at once make one refresh", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  app.passed("");
  const statuses = await app.tabs[0].evaluate(() =>
    Promise.all(Array.from({ length: 50 }, () => session.fetch("/api/orders").then(({ status }) => status))));
  assert.deepEqual(statuses, Array(50).fill(200));
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
});

onBoth("an API that answers 401 whoever asks does not make the tabs refresh for ever", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  const asked = stubborn(app.front);
  await app.signUp();
  app.passed("");
  for (let round = 0; round < 5; round += 1) {
    for (const tab of app.tabs) assert.equal(await status(tab, "/stubborn/"), 401);
  }
  // One for each tab, to see whether it helps.
  assert.equal(app.passed("refresh/").length, 2);
  assert.ok(asked() <= 14, `${asked()} questions`);
  await app.everyTabShows("ada@example.com");
  // A session that has ended is noticed by the same request.
  await world.server.command(["sessions", "revoke", "--user", "ada@example.com", "--yes"]);
  await world.untilRefused(app.context);
  assert.equal(await status(app.tabs[0], "/stubborn/"), 401);
  await app.everyTabShows("Log in");
});

onBoth("a 401 to a request that no cookies went with is no reason to refresh", async (world) => {
  const app = await App.open(world);
  stubborn(app.front);
  const elsewhere = await Front.of(world);
  stubborn(elsewhere);
  await app.signUp();
  app.passed("");
  const statuses = await app.tabs[0].evaluate(
    (foreign) =>
      Promise.all([
        session.fetch(foreign),
        session.fetch(new URL(foreign), { credentials: "same-origin" }),
        session.fetch("/stubborn/", { credentials: "omit" }),
        session.fetch(new Request("/stubborn/", { credentials: "omit" })),
      ].map((answer) => answer.then(({ status }) => status))),
    `${elsewhere.url()}/stubborn/`,
  );
  assert.deepEqual(statuses, [401, 401, 401, 401]);
  assert.deepEqual(app.passed("refresh/"), []);
  // Where they do, it is.
  const included = (foreign) => session.fetch(foreign, { credentials: "include" }).then(({ status }) => status);
  assert.equal(await app.tabs[0].evaluate(included, `${elsewhere.url()}/stubborn/`), 401);
  assert.equal(app.passed("refresh/").length, 1);
});

onBoth("what the caller says of credentials holds, also for a server on another origin", async (world) => {
  const front = await Front.of(world);
  await world.server.restart({ cors_allowed_origins: front.url() });
  const app = await App.open(world, { front, tabs: 0 });
  const users = `${world.server.url}/api/v1/users/`;
  const tab = await app.openTab({ baseUrl: users });
  await app.signUp();
  const statuses = await tab.evaluate(
    (url) =>
      Promise.all([
        session.fetch(url),
        session.fetch(url, { credentials: undefined }),
        session.fetch(new Request(url)),
        session.fetch(url, { credentials: "omit" }),
        session.fetch(new Request(url, { credentials: "omit" })),
      ].map((answer) => answer.then(({ status }) => status))),
    users,
  );
  assert.deepEqual(statuses, [200, 200, 200, 401, 401]);
  await app.everyTabShows("ada@example.com");
});

onBoth("session.fetch takes what fetch takes, and refuses what fetch refuses", async (world) => {
  const app = await App.open(world);
  app.front.at("/deep/", (request, answer) => {
    if (request.url === "/deep/away") answer.writeHead(307, { Location: "/api/orders" }).end();
    else answer.writeHead(200, { "Content-Type": "text/plain" }).end(request.url);
  });
  await app.signUp();
  const [tab] = app.tabs;
  const told = await tab.evaluate(async () => {
    const base = document.createElement("base");
    base.href = "/deep/er/";
    document.head.append(base);
    const text = async (answer) => (await answer).text();
    const used = new Request("/api/orders", { method: "POST", body: "one" });
    await used.text();
    const controller = new AbortController();
    const aborted = session.fetch("/api/orders", { signal: controller.signal });
    controller.abort();
    return {
      relative: await text(session.fetch("there")),
      url: await text(session.fetch(new URL("/deep/url", location))),
      nothing: await text(session.fetch("there", null)),
      head: (await session.fetch("there", { method: "HEAD" })).status,
      redirected: (await session.fetch("/deep/away")).url,
      manual: (await session.fetch("/deep/away", { redirect: "manual" })).type,
      opaque: (await session.fetch(`http://localhost:${location.port}/deep/there`, { mode: "no-cors" })).type,
      used: await session.fetch(used).catch(({ name }) => name),
      nonsense: await session.fetch("http://").catch(({ name }) => name),
      aborted: await aborted.catch(({ name }) => name),
    };
  });
  assert.deepEqual(told, {
    relative: "/deep/er/there",
    url: "/deep/url",
    nothing: "/deep/er/there",
    head: 200,
    redirected: `${app.front.url()}/api/orders`,
    manual: "opaqueredirect",
    opaque: "opaque",
    used: "TypeError",
    nonsense: "TypeError",
    aborted: "AbortError",
  });
});

onBoth("a browser that drops the access cookie alone is told so, and asked a few times only", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  await app.stopTheClock();
  let refreshes = 0;
  app.front.at("/api/v1/users/refresh/", (request, answer) => {
    refreshes += 1;
    if (refreshes > 20) answer.destroy();
    else answer.writeHead(200, { "Content-Type": "application/json" }).end('{"message":""}');
  });
  // Nothing is left of who it was.
  await app.tabs[0].evaluate(() => new Promise((done) => (indexedDB.deleteDatabase("frontgate").onsuccess = done)));
  const tab = await app.openTab(undefined, { isReady: false });
  const failed = await failure(tab, ready);
  assert.match(failed.code, /^(insecure_cookies|cookies_blocked)$/);
  assert.ok(refreshes <= 3, `${refreshes} refreshes`);
});

onBoth("a subscriber that throws keeps no other from hearing", async (world) => {
  const app = await App.open(world);
  const [tab] = app.tabs;
  const thrown = [];
  tab.on("pageerror", ({ message }) => thrown.push(message));
  await tab.evaluate(() => {
    for (const name of ["reason", "user", "expiresAt"]) {
      let isFirst = true;
      session[name].subscribe(() => {
        if (!isFirst) throw new Error(`not my ${name}`);
        isFirst = false;
      });
    }
    session.user.subscribe((user) => (globalThis.heard = user?.email));
  });
  await app.signUp();
  assert.equal(await tab.evaluate(() => heard), "ada@example.com");
  await tab.evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
  assert.deepEqual([...new Set(thrown)].sort(), ["not my expiresAt", "not my reason", "not my user"]);
});

onBoth("a session that was closed meanwhile ends what it has begun", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  const held = app.front.hold("refresh/");
  const [tab] = app.tabs;
  const answered = status(tab);
  await held.hasCome;
  await tab.evaluate(() => session.close());
  held.letGo();
  assert.equal(await answered, 200);
  const user = await tab.evaluate(logIn, PASSWORD);
  assert.deepEqual(user, { id: 1, email: "ada@example.com" });
});
