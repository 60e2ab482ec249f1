// Where the client runs: browsers of five years ago, frames, jsdom, Node and routers; and what it tells people there.

import assert from "node:assert/strict";
import { once as next } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";

import { on, once } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { PASSWORD } from "./support/person.js";
import { run } from "./support/program.js";
import { ROOT } from "./support/server.js";
import { SimulatedBrowser } from "./support/simulated_browser.js";
import { SimulatedServer } from "./support/simulated_server.js";
import { SimulatedTime } from "./support/simulated_time.js";
import { App, failure, signUp, status } from "./support/tabs.js";

once("without a page every function settles with an answer or a FrontgateError, and the process ends", async () => {
  const server = createServer((request, answer) => {
    const good = { "Content-Type": "application/json", "X-Access-Expires-In": "1", "X-Refresh-Grace": "10" };
    const path = request.url.slice("/api/v1/users".length);
    if (path === "/login/") answer.writeHead(200, good).end('{"email":"ada@example.com","user_id":1}');
    else if (path === "/create/") answer.writeHead(403, good).end('{"detail":"Refused.","code":"cross_site_request"}');
    else if (path === "/logout/") answer.writeHead(503, good).end('{"detail":"Later."}');
    else answer.writeHead(401, good).end('{"detail":"Who?"}');
  });
  server.listen(0, "127.0.0.1");
  await next(server, "listening");
  const lines = `
    import { createSession } from ${JSON.stringify(join(ROOT, "clients/js/src/frontgate.js"))};
    const session = createSession({ baseUrl: "http://127.0.0.1:${server.address().port}/api/v1/users/" });
    session.user.subscribe((user) => { if (user) throw new Error("mine"); });
    const calls = {
      logIn: ["a", "b"], signUp: ["a", "b"], logOut: [], logOutEverywhere: [], logOutOthers: [], sessions: [], endSession: ["a"],
      changePassword: ["a", "b"], profile: [], changeProfile: [{}], deleteAccount: ["a"], refresh: [], fetch: ["/x"], whenKnown: [],
    };
    for (const [name, given] of Object.entries(calls)) {
      const came = await session[name](...given).then(() => "well", (error) => error.code ?? error.name);
      console.log(name, came);
    }
    console.log("ready", await session.ready);
    session.close();`;
  const begun = Date.now();
  const { stdout, stderr } = await run("node", ["--input-type=module", "-e", lines], {});
  server.closeAllConnections();
  server.close();
  assert.doesNotMatch(stdout + stderr, /ReferenceError|TypeError: Cannot/);
  const came = Object.fromEntries(stdout.trim().split("\n").map((line) => line.split(" ")));
  assert.equal(came.logIn, "cookies_blocked");
  assert.equal(came.signUp, "cross_site");
  assert.equal(came.logOut, "unavailable");
  assert.equal(came.ready, "null");
  assert.ok(Date.now() - begun < 100_000, "no timer keeps it");
});

once("where requests need an absolute address, as in jsdom, relative ones are for the page's own origin", async () => {
  const time = new SimulatedTime();
  const browser = await SimulatedBrowser.of(time, new SimulatedServer(time), () => ({ up: 1, down: 1 }));
  const { session } = browser.open();
  await time.until(session.logIn("ada@example.com", "correct horse battery"));
  // Node's Request refuses a relative address.
  assert.throws(() => new Request("/api/orders"), TypeError);
  assert.equal((await time.until(session.fetch("/api/orders", { method: "POST", body: "one" }))).status, 200);
  assert.equal((await time.until(session.fetch("https://app.example.com/api/orders", { method: "POST" }))).status, 200);
});

on(["SQLite"], "ready and whenKnown are of now: after a log-in, and when the server was away at the start", async (world) => {
  const app = await App.open(world);
  const [tab] = app.tabs;
  const load = (name) => tab.evaluate((asked) => Promise.resolve(asked === "ready" ? session.ready : session.whenKnown()), name);
  for (const name of ["ready", "whenKnown"]) assert.equal(await load(name), null);
  await app.signUp();
  for (const name of ["ready", "whenKnown"]) assert.deepEqual(await load(name), { id: 1, email: "ada@example.com" });
  await tab.evaluate(() => session.logOut());
  for (const name of ["ready", "whenKnown"]) assert.equal(await load(name), null);
  await app.logIn();
  app.front.instead = ({ url }, answer) => url.startsWith("/api/") && answer.writeHead(503).end();
  const late = await app.openTab(undefined, { isReady: false });
  assert.equal((await failure(late, () => session.ready)).code, "unavailable");
  const waits = late.evaluate(() => session.whenKnown());
  app.front.instead = null;
  assert.deepEqual(await waits, { id: 1, email: "ada@example.com" });
  assert.deepEqual(await late.evaluate(() => session.ready), { id: 1, email: "ada@example.com" });
});

on(["SQLite"], "browsers without what came after 2021 keep people logged in", async (world) => {
  await world.server.restart({ cookie_secure: "false" });
  const app = await App.open(world, { tabs: 0 });
  await app.context.addInitScript(() => {
    delete AbortSignal.timeout;
    delete AbortSignal.any;
    delete AbortSignal.prototype.reason;
    delete globalThis.BroadcastChannel;
    delete globalThis.reportError;
    delete globalThis.structuredClone;
    delete Array.prototype.at;
    delete Object.hasOwn;
    delete Promise.withResolvers;
    delete Promise.any;
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  });
  await app.openTab();
  await app.openTab();
  await app.tabs[0].evaluate(signUp, PASSWORD);
  // There is nothing to hear it by, so it finds out when it is shown.
  await app.tabs[1].evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await app.everyTabShows("ada@example.com");
  await app.forgetAccess();
  app.passed("");
  assert.deepEqual(await app.statuses(), [200, 200]);
  assert.equal(app.passed("refresh/").length, 1);
  const aborted = await failure(app.tabs[0], () => {
    const leaving = new AbortController();
    const answer = session.fetch("/api/orders", { signal: leaving.signal });
    leaving.abort();
    return answer;
  });
  assert.equal(aborted.name, "AbortError");
  const away = await app.openTab({ baseUrl: "http://127.0.0.1:1/api/v1/users/" }, { isReady: false });
  assert.equal((await failure(away, () => session.ready)).code, "network");
  await app.tabs[0].evaluate(() => session.logOut());
  assert.equal(await status(app.tabs[1]), 401);
});

on(["SQLite"], "a frame of another site is told that its cookies are third-party ones, and one of the same site has its own", async (world) => {
  const app = await App.open(world, { tabs: 0, host: "localhost" });
  await world.person("ada@example.com").signUp();
  const framed = await Front.of(world);
  const page = (src) => (_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end(`<!doctype html><iframe src="${src}"></iframe>`);
  app.front.at("/same/", page("/app/"));
  app.front.at("/other/", page(`${framed.url("127.0.0.1")}/app/`));
  const logIn = async (path) => {
    const tab = await app.context.newPage();
    await tab.goto(app.url(path));
    const frame = tab.frames()[1];
    await frame.waitForFunction("globalThis.session");
    return failure(frame, (password) => session.logIn("ada@example.com", password), PASSWORD);
  };
  assert.equal(await logIn("/same/"), null);
  assert.equal((await logIn("/other/"))?.code, "third_party_cookies");
});

on(["SQLite"], "the reason is that of this visit, and ending one's own device is a log-out", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  const reasons = () => Promise.all(app.tabs.map((tab) => tab.evaluate(() => session.reason.value)));
  await app.signUp();
  const [device] = await app.tabs[0].evaluate(() => session.sessions());
  await app.tabs[0].evaluate((id) => session.endSession(id), device.id);
  await app.everyTabShows("Log in");
  assert.deepEqual(await reasons(), ["logged_out", "logged_out"]);
  // Somebody who comes later has not seen it, and those who have still know.
  await app.openTab();
  await app.tabs[2].reload();
  await app.everyTabShows("Log in");
  assert.deepEqual(await reasons(), ["logged_out", "logged_out", undefined]);
  await app.logIn();
  assert.deepEqual(await reasons(), [undefined, undefined, undefined]);
  await app.tabs[0].evaluate((password) => session.deleteAccount(password), PASSWORD);
  await app.everyTabShows("Log in");
  assert.deepEqual(await reasons(), ["logged_out", "logged_out", "logged_out"]);
  assert.equal((await failure(app.tabs[0], (password) => session.logIn("ada@example.com", password), PASSWORD)).code, "credentials");
});

on(["SQLite"], "a session that ended while the page was closed is told when it is opened again, once", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await world.server.command(["sessions", "revoke", "--user", "ada@example.com", "--yes"]);
  await world.untilRefused(app.context);
  for (const reason of ["ended", undefined]) {
    await app.tabs[0].reload();
    await app.everyTabShows("Log in");
    assert.equal(await app.tabs[0].evaluate(() => session.reason.value), reason);
  }
});
