// Requests of the app itself: bodies, aborts, streams, sleep and a network that goes away.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { App, failure, ready } from "./support/tabs.js";

onBoth("a request with a body is sent once more after a refresh, and carried out once", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  const [tab] = app.tabs;
  for (const kind of ["text", "form", "request"]) {
    await app.forgetAccess();
    app.front.orders.length = 0;
    const answer = await tab.evaluate(async (how) => {
      const form = new FormData();
      form.set("item", "form");
      const inits = { text: { method: "POST", body: "text" }, form: { method: "PUT", body: form } };
      const request = new Request("/api/orders", { method: "PATCH", body: "request" });
      const answered = how === "request" ? await session.fetch(request) : await session.fetch("/api/orders", inits[how]);
      return { status: answered.status, text: await answered.text() };
    }, kind);
    assert.equal(answer.status, 200, kind);
    assert.match(answer.text, new RegExp(kind));
    assert.deepEqual(app.front.orders.map((line) => line.split(" ")[1]), ["401", "200"], app.front.orders.join("; "));
  }
});

onBoth("a request that fails on the way is not repeated", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  let asked = 0;
  app.front.instead = (request) => {
    asked += 1;
    // Connections that break are tried again by Chromium itself.
    request.socket.end("this is not HTTP\r\n\r\n");
    return true;
  };
  const failed = await failure(app.tabs[0], () => session.fetch("/api/orders", { method: "POST", body: "one" }));
  assert.equal(failed.name, "TypeError");
  assert.equal(asked, 1);
  assert.equal(await app.tabs[0].locator("#view").textContent(), "ada@example.com");
});

onBoth("an abort ends the request that waits for a refresh, and not the refresh", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  app.passed("");
  const held = app.front.hold("refresh/");
  const [tab] = app.tabs;
  const outcome = tab.evaluate(async () => {
    const controller = new AbortController();
    globalThis.abort = () => controller.abort();
    const aborted = session.fetch("/api/orders", { signal: controller.signal }).catch(({ name }) => name);
    const other = session.fetch("/api/orders").then(({ status }) => status);
    return { aborted: await aborted, other: await other };
  });
  await held.hasCome;
  await tab.evaluate(() => abort());
  held.letGo();
  assert.deepEqual(await outcome, { aborted: "AbortError", other: 200 });
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
  const before = await failure(tab, () => session.fetch("/api/orders", { signal: AbortSignal.abort() }));
  assert.equal(before.name, "AbortError");
});

onBoth("an answer that is streamed arrives piece by piece", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  let finish;
  app.front.slowly = new Promise((done) => (finish = done));
  const [tab] = app.tabs;
  const first = await tab.evaluate(async () => {
    const answer = await session.fetch("/api/orders", { method: "POST", body: "piece", headers: { "X-Slowly": "yes" } });
    globalThis.reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    return (await reader.read()).value;
  });
  assert.equal(first, "piece");
  finish();
  assert.equal(await tab.evaluate(async () => (await reader.read()).value), " and the rest");
});

onBoth("a stream is sent once, and the 401 is answered with a session that is fresh again", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  const [tab] = app.tabs;
  const statuses = await tab.evaluate(async () => {
    // Chromium streams bodies over HTTP/2 alone, so what would send them answers 401 by itself.
    const { createSession } = await import("/static/frontgate.js");
    const sent = [];
    const send = (input, init) => {
      if (!(input instanceof Request)) return fetch(input, init);
      sent.push(input.method);
      return Promise.resolve(new Response("", { status: 401 }));
    };
    const streaming = createSession({ fetch: send });
    await streaming.ready;
    const body = new Blob(["a stream"]).stream();
    const { status } = await streaming.fetch("/api/orders", { method: "POST", body, duplex: "half" });
    streaming.close();
    return [status, ...sent];
  });
  assert.deepEqual(statuses, [401, "POST"]);
  assert.equal(await tab.evaluate(() => fetch("/api/orders").then(({ status }) => status)), 200);
});

onBoth("the access token is refreshed a little before it expires", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await app.context.clock.install();
  await app.signUp();
  app.passed("");
  const expires = await app.tabs[0].evaluate(() => session.expiresAt.value);
  const renewed = app.tabs.map((tab) => tab.waitForFunction((before) => session.expiresAt.value > before, expires));
  // Between 5 and 15 % before its 15 minutes are over; the tabs of one browser do not draw the same lot.
  await app.context.clock.fastForward("14:20");
  await Promise.all(renewed);
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
});

onBoth("a laptop that slept for a day wakes up logged in", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.context.clock.install();
  await app.signUp();
  // The cookie is gone by then, and timers did not run.
  await app.forgetAccess();
  await app.context.clock.setSystemTime(Date.now() + 24 * 3_600_000);
  app.passed("");
  await Promise.all(app.tabs.map((tab) => tab.evaluate(() => document.dispatchEvent(new Event("visibilitychange")))));
  assert.deepEqual(await app.statuses(), [200, 200]);
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
  await app.everyTabShows("ada@example.com");
});

onBoth("offline is not logged out", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  const [tab] = app.tabs;
  await app.forgetAccess();
  await app.context.setOffline(true);
  const failed = await failure(tab, () => session.sessions());
  assert.equal(failed.code, "offline");
  assert.equal(await tab.locator("#view").textContent(), "ada@example.com");
  await app.context.setOffline(false);
  assert.equal((await tab.evaluate(() => session.sessions())).length, 1);
});

onBoth("a server that is away when the app starts logs nobody out, and is asked again", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  const away = ({ url }, answer) => {
    if (url.startsWith("/app/") || url.startsWith("/static/")) return false;
    answer.writeHead(503, { "Content-Type": "text/html" }).end("<h1>Service unavailable</h1>");
    return true;
  };
  app.front.instead = away;
  const tab = await app.openTab(undefined, { isReady: false });
  const failed = await failure(tab, ready);
  assert.equal(failed.code, "unavailable");
  assert.equal(await tab.evaluate(() => session.user.value), undefined);
  app.front.instead = null;
  await app.everyTabShows("ada@example.com");
});

onBoth("without Web Locks, as over plain http, tabs take turns all the same", async (world) => {
  await world.server.restart({ cookie_secure: "false" });
  const app = await App.open(world, { tabs: 3, host: "app.example.test" });
  assert.equal(await app.tabs[0].evaluate(() => isSecureContext || "locks" in navigator), false);
  await app.signUp();
  app.passed("");
  await app.forgetAccess();
  assert.deepEqual(await app.statuses(), [200, 200, 200]);
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
});
