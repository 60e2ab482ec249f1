// Answers that no server should give: the client says what is wrong, and never asks without end.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { PASSWORD } from "./support/person.js";
import { App, failure, logIn, ready, status } from "./support/tabs.js";

/** Lets something else than the server answer what is asked under the user endpoints with this method and path. */
function answering(app, method, path, act) {
  let asked = 0;
  app.front.instead = (request, answer) => {
    if (request.method !== method || new URL(request.url, "http://front").pathname !== `/api/v1/users/${path}`) return false;
    asked += 1;
    act(answer, asked);
    return true;
  };
  return () => asked;
}

/** Answers JSON with these headers. */
const json = (answer, status, body, headers = {}) =>
  answer.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));

/** Refreshes in the tab, and lets a second go by as often as it says. */
async function refreshAndWait(app, tab, seconds = 3) {
  await tab.evaluate(() => session.refresh());
  for (let second = 0; second < seconds; second += 1) {
    await app.context.clock.runFor(1000);
    // What is under way comes back, and what follows from it begins.
    await tab.evaluate(() => fetch("/api/orders"));
  }
}

for (const lifetime of [undefined, "0", "-900", "soon", "Infinity", "1e300", "2592000"]) {
  onBoth(`a refresh whose lifetime is ${lifetime} is not followed by one after the other`, async (world) => {
    const app = await App.open(world);
    await app.context.clock.install();
    await app.signUp();
    const [tab] = app.tabs;
    await app.context.clock.setSystemTime(Date.now() + 3_600_000);
    const asked = answering(app, "POST", "refresh/", (answer) =>
      json(answer, 200, { message: "" }, lifetime === undefined ? {} : { "X-Access-Expires-In": lifetime }));
    await refreshAndWait(app, tab);
    assert.equal(asked(), 1);
    assert.equal(await status(tab), 200);
    assert.equal(asked(), 1);
  });
}

onBoth("an access token that lives for a moment is refreshed six times a minute at most", async (world) => {
  const app = await App.open(world);
  await app.stopTheClock();
  await app.signUp();
  const asked = answering(app, "POST", "refresh/", (answer) => json(answer, 200, { message: "" }, { "X-Access-Expires-In": "0.001" }));
  await refreshAndWait(app, app.tabs[0], 59);
  assert.ok(asked() >= 2 && asked() <= 6, `${asked()} refreshes`);
});

for (const body of [null, [], {}, { email: "" }, { email: 7 }, "ada@example.com"]) {
  onBoth(`who is logged in is answered with ${JSON.stringify(body)}, and that is told`, async (world) => {
    const app = await App.open(world);
    await app.signUp();
    const asked = answering(app, "GET", "", (answer, times) => {
      if (times > 20) answer.destroy();
      else json(answer, 200, body);
    });
    await app.stopTheClock();
    const tab = await app.openTab(undefined, { isReady: false });
    const failed = await failure(tab, ready);
    assert.deepEqual([failed?.name, failed?.code], ["FrontgateError", "base_url"]);
    assert.equal(asked(), 1);
    // The tab goes on trying, after a second and a half at most.
    const again = tab.waitForRequest((request) => request.url().endsWith("/api/v1/users/"));
    await app.context.clock.runFor(1500);
    await again;
  });
}

const ODD_ANSWERS = [["null", "null", 400], ["an array", "[1]", 400], ["no JSON", "{", 200], ["no JSON", "{", 500], ["null", "null", 200]];
for (const [what, body, code] of ODD_ANSWERS) {
  onBoth(`a log-in is answered with ${code} and ${what}, and that is told`, async (world) => {
    const app = await App.open(world);
    answering(app, "POST", "login/", (answer) => answer.writeHead(code, { "Content-Type": "application/json" }).end(body));
    const failed = await failure(app.tabs[0], logIn, PASSWORD);
    assert.equal(failed?.name, "FrontgateError", JSON.stringify(failed));
    assert.equal(failed.code, { 200: "base_url", 400: "invalid", 500: "unavailable" }[code]);
  });
}

onBoth("an answer that breaks off is told, and nobody is logged out", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  answering(app, "GET", "sessions/", (answer) => {
    answer.writeHead(200, { "Content-Type": "application/json", "Content-Length": "1000" }).write("[");
    setImmediate(() => answer.destroy());
  });
  const failed = await failure(app.tabs[0], () => session.sessions());
  assert.deepEqual([failed?.name, failed?.code], ["FrontgateError", "network"]);
  await app.everyTabShows("ada@example.com");
});

onBoth("a log-in whose second question is lost is a log-in all the same", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  await world.person("grace@example.com").signUp();
  const asked = answering(app, "GET", "", (answer) => answer.destroy());
  await app.tabs[0].evaluate((password) => session.logIn("grace@example.com", password), PASSWORD);
  assert.ok(asked() > 0);
  await app.everyTabShows("grace@example.com");
});

onBoth("a log-in whose answer breaks off is a log-in all the same", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  await world.person("grace@example.com").signUp();
  app.front.loseNext("login/", { isHalf: true });
  const user = await app.tabs[0].evaluate((password) => session.logIn("grace@example.com", password), PASSWORD);
  assert.deepEqual(user, { id: 2, email: "grace@example.com" });
  await app.everyTabShows("grace@example.com");
  // When nothing of use comes after it either, that is told.
  for (const act of [(answer) => answer.destroy(), (answer) => json(answer, 503, { detail: "later" })]) {
    app.front.loseNext("login/", { isHalf: true });
    const asked = answering(app, "GET", "", act);
    const failed = await failure(app.tabs[0], logIn, PASSWORD);
    assert.equal(failed?.code, "network");
    assert.match(failed.message, /login\/ broke off/);
    assert.ok(asked() > 0);
  }
});

onBoth("when it cannot be known whose log-in broke off, the tabs find out later", async (world) => {
  await world.person("ada@example.com").signUp();
  await world.person("grace@example.com").signUp();
  for (const before of ["ada@example.com", "Log in"]) {
    const app = await App.open(world, { tabs: 2 });
    await app.context.clock.install();
    if (before !== "Log in") await app.logIn();
    app.front.loseNext("login/", { isHalf: true });
    answering(app, "GET", "", (answer) => answer.destroy());
    const failed = await failure(app.tabs[0], (password) => session.logIn("grace@example.com", password), PASSWORD);
    assert.equal(failed?.code, "network");
    app.front.instead = null;
    await app.context.clock.runFor(120_000);
    await app.everyTabShows("grace@example.com");
  }
});

onBoth("a refresh that is throttled is not asked for again before its time", async (world) => {
  const app = await App.open(world);
  await app.context.clock.install();
  await app.signUp();
  const [tab] = app.tabs;
  const asked = answering(app, "POST", "refresh/", (answer) =>
    json(answer, 429, { detail: "Request was throttled." }, { "Retry-After": "600" }));
  // The tab's time-outs run on the same clock: the answer must be there before it goes on.
  const throttled = tab.waitForResponse((answer) => answer.url().endsWith("/refresh/"));
  await app.context.clock.fastForward("14:20");
  await (await throttled).finished();
  await tab.evaluate(() => fetch("/api/orders"));
  for (let minute = 0; minute < 5; minute += 1) {
    await app.context.clock.fastForward("01:00");
    await tab.evaluate(() => fetch("/api/orders"));
  }
  assert.equal(asked(), 1);
  app.front.instead = null;
  await app.context.clock.fastForward("12:00");
  await tab.waitForFunction(() => session.expiresAt.value > Date.now());
});

onBoth("a proxy that wants a password of its own logs nobody out", async (world) => {
  const app = await App.open(world);
  await app.signUp();
  await app.forgetAccess();
  app.front.instead = (request, answer) => {
    if (!request.url.endsWith("/refresh/")) return false;
    answer.writeHead(401, { "Content-Type": "text/html", "WWW-Authenticate": 'Bearer realm="proxy"' }).end("<h1>Who are you?</h1>");
    return true;
  };
  const failed = await failure(app.tabs[0], () => session.fetch("/api/orders"));
  assert.equal(failed.code, "base_url", failed.message);
  assert.match(failed.message, /401 and text\/html/);
  assert.equal(await app.tabs[0].locator("#view").textContent(), "ada@example.com");
  app.front.instead = null;
  assert.equal(await status(app.tabs[0]), 200);
});

onBoth("a 403 that is not Frontgate's is told as one, and asks for no setting of its", async (world) => {
  const app = await App.open(world);
  answering(app, "POST", "login/", (answer) => json(answer, 403, {}));
  const failed = await failure(app.tabs[0], logIn, PASSWORD);
  assert.equal(failed.code, "base_url");
  assert.match(failed.message, /login\/ was answered with 403/);
});
