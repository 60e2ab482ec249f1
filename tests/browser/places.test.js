// Where the app lives, in the words of docs/where-your-app-lives.md: one origin, one site, two sites.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";

import { launchWith } from "./support/chromium.js";
import { on, onBoth, once } from "./support/everywhere.js";
import { BLOCK_NAMES, block, settings } from "./support/guide.js";
import { Host } from "./support/host.js";
import { PASSWORD } from "./support/person.js";
import { NEW_PASSWORD, app, cookies, goesThroughALife, orders, visit } from "./support/place.js";
import { failure, ready, signUp, status } from "./support/tabs.js";

const PLAIN = { cookie_partitioned: "false" };
const LAX = { ...PLAIN, cookie_samesite: "Lax" };

once("every block of the page about places is one that a test runs", () => {
  const here = new URL(".", import.meta.url);
  const tests = readdirSync(here).filter((name) => name.startsWith("places"));
  const text = tests.map((name) => readFileSync(new URL(name, here), "utf8")).join("");
  const run = new Set([...text.matchAll(/(?:block|settings)\("([^"]+)"/g)].map(([, name]) => name));
  assert.deepEqual(BLOCK_NAMES.filter((name) => !run.has(name)), []);
  assert.equal(new Set(BLOCK_NAMES).size, BLOCK_NAMES.length, "two blocks have one name");
});

/** The app at `name`, which the guide calls `there`, with more `routes`, and Frontgate at auth.example.test. */
async function apart(world, name, there, routes = {}) {
  const auth = await Host.of(world, "auth.example.test", { "/": () => world.server.url });
  const session = block("sibling-session", { "auth.example.com": auth.authority });
  const host = await Host.of(world, name, { ...app(session), ...routes });
  return { auth, host, here: { "auth.example.com": auth.authority, [there]: host.authority } };
}

const siblings = (world, routes) => apart(world, "app.example.test", "app.example.com", routes);
const others = (world) => apart(world, "app.other-site.test", "app.example.net");

onBoth("on the same origin, cookies are as strict as can be", async (world) => {
  const session = block("session", { '"frontgate"': '"/static/frontgate.js"' });
  const passed = () => world.server.url;
  const routes = { ...app(session), ...orders(world), "/api/v1/users/": passed, "/static/": passed };
  const host = await Host.of(world, "app.example.test", routes);
  await world.server.restart(settings("same-origin-settings", { "app.example.com": host.authority }));
  const visited = await visit(world, host);
  await goesThroughALife(visited, { access: "__Host-access" });
  const [tab] = visited.tabs;
  await visited.logIn(NEW_PASSWORD);
  assert.deepEqual(await cookies(visited), [
    "__Host-access app.example.test / Lax Secure",
    "__Secure-refresh app.example.test /api/v1/users Lax Secure",
  ]);
  await visited.context.clearCookies({ name: "__Host-access" });
  assert.equal(await status(tab), 200);
  assert.deepEqual([...new Set(host.seen.map(({ site }) => site))], ["same-origin"]);
  const [device] = await tab.evaluate(() => session.sessions());
  assert.equal(device.ip, "198.51.100.7");
});

on(["SQLite"], "a path that is not passed on is told", async (world) => {
  const session = block("session", { '"frontgate"': '"/static/frontgate.js"' });
  const files = app(session);
  const routes = { ...files, "/": files["/app/"], "/static/": () => world.server.url };
  const visited = await visit(world, await Host.of(world, "app.example.test", routes), { tabs: 1, isReady: false });
  const failed = await failure(visited.tabs[0], ready);
  assert.equal(failed.code, "base_url");
  assert.match(failed.message, /^https:.* was answered with 200 and text\/html.*, not by Frontgate's user endpoints/);
});

onBoth("on a sibling subdomain, a session lives by CORS", async (world) => {
  const { auth, host, here } = await siblings(world);
  await world.server.restart(settings("sibling-settings", here));
  const visited = await visit(world, host);
  await goesThroughALife(visited);
  const asked = auth.seen.filter(({ line }) => line.startsWith("POST"));
  assert.deepEqual([...new Set(asked.map(({ site, origin }) => `${site} ${origin}`))], [`same-site ${host.url()}`]);
  await visited.logIn(NEW_PASSWORD);
  assert.deepEqual(await cookies(visited), [
    "access auth.example.test / Lax Secure",
    "refresh auth.example.test / Lax Secure",
  ]);
});

on(["SQLite"], "a sibling subdomain that is not listed is told", async (world) => {
  const { auth, host } = await siblings(world);
  for (const listed of ["", `https://app.example.test`, `http://app.example.test:${host.port}`]) {
    await world.server.restart({ cors_allowed_origins: listed });
    const visited = await visit(world, host, { tabs: 1, isReady: false });
    const [tab] = visited.tabs;
    for (const failed of [await failure(tab, ready), await failure(tab, signUp, PASSWORD)]) {
      assert.equal(failed.code, "cors", failed.message);
      assert.ok(failed.message.startsWith(`${auth.url()} is there, but does not let ${host.url()} read its answers`));
    }
    assert.deepEqual(await cookies(visited), []);
  }
});

onBoth("cookies of the whole domain reach the app's own API on a sibling subdomain", async (world) => {
  const { host, here } = await siblings(world, orders(world));
  const api = await Host.of(world, "api.example.test", orders(world, host.url()));
  await world.server.restart(settings("sibling-settings", here));
  const visited = await visit(world, host, { tabs: 1 });
  const [tab] = visited.tabs;
  await visited.signUp();
  assert.equal(await status(tab), 401);

  await world.server.restart(settings("sibling-domain-settings", { ...here, "=example.com": "=example.test" }));
  const whole = await visit(world, host);
  await whole.tabs[0].evaluate((password) => session.signUp("bea@example.com", password), PASSWORD);
  await whole.context.clearCookies({ name: "access" });
  assert.equal(await status(whole.tabs[1]), 200);
  assert.deepEqual(await cookies(whole), [
    "access .example.test / Lax Secure",
    "refresh .example.test /api/v1/users Lax Secure",
  ]);
  const include = (url) => session.fetch(url, { credentials: "include" }).then((answer) => answer.status);
  await whole.context.clearCookies({ name: "access" });
  assert.equal(await whole.tabs[1].evaluate(include, `${api.url()}/api/orders`), 200);
  await whole.tabs[0].evaluate(() => session.logOut());
  assert.deepEqual(await cookies(whole), []);
});

for (const [what, before, after] of [
  ["domain", "sibling-settings", "sibling-domain-settings"],
  ["domain given up", "sibling-domain-settings", "sibling-settings"],
]) {
  on(["SQLite"], `cookies left from before a change heal themselves: ${what}`, async (world) => {
    const { host, here } = await siblings(world);
    const set = (name) => settings(name, name.includes("domain") ? { ...here, "=example.com": "=example.test" } : here);
    await world.server.restart(set(before));
    const visited = await visit(world, host, { tabs: 1 });
    await visited.signUp();
    await world.server.restart(set(after));
    await heals(visited);
  });
}

on(["SQLite"], "cookies left from before a change heal themselves: Partitioned", async (world) => {
  const { host, here } = await others(world);
  const partitioned = settings("partitioned-settings", here);
  await world.server.restart({ ...partitioned, ...PLAIN });
  const visited = await visit(world, host, { tabs: 1, context: await browserThat(world, { blocks: false }) });
  await visited.signUp();
  await world.server.restart(partitioned);
  await heals(visited);
  await world.server.restart({ ...partitioned, ...PLAIN });
  await heals(visited);
});

/** The new cookies come beside the old ones: that is seen, all are deleted, and whoever logs in again stays logged in. */
async function heals(visited) {
  const [tab] = visited.tabs;
  for (let round = 0; round < 2; round += 1) await tab.evaluate(() => session.refresh());
  await visited.everyTabShows("Log in");
  assert.deepEqual(await cookies(visited), []);
  await visited.logIn();
  for (let round = 0; round < 2; round += 1) assert.ok(await tab.evaluate(() => session.refresh()));
  assert.equal((await tab.evaluate(() => session.profile())).email, "ada@example.com");
  assert.equal((await cookies(visited)).length, 2);
}

/** A browser with a profile of its own, as it comes, or that blocks third-party cookies, as Playwright's others do. */
function browserThat(world, { blocks }) {
  const preferences = { profile: { cookie_controls_mode: blocks ? 1 : 0, block_third_party_cookies: blocks } };
  return launchWith(world, preferences, { ignoreHTTPSErrors: true });
}

for (const [cookie, set, blocks, works] of [
  ["SameSite=Lax", LAX, false, false],
  ["SameSite=Lax", LAX, true, false],
  ["SameSite=None", PLAIN, false, true],
  ["SameSite=None", PLAIN, true, false],
  ["Partitioned", {}, false, true],
  ["Partitioned", {}, true, true],
]) {
  const where = blocks ? "with third-party cookies blocked" : "as it comes";
  on(["SQLite"], `on another site, ${cookie} ${works ? "works" : "is told"} in Chromium ${where}`, async (world) => {
    const { auth, host, here } = await others(world);
    await world.server.restart({ ...settings("partitioned-settings", here), ...set });
    const visited = await visit(world, host, { context: await browserThat(world, { blocks }) });
    if (works) {
      await goesThroughALife(visited);
      assert.equal(auth.seen.at(-1).site, "cross-site");
      return;
    }
    const failed = await failure(visited.tabs[0], signUp, PASSWORD);
    assert.equal(failed.code, "third_party_cookies", failed.message);
    assert.match(failed.message, /this page is on another site .* a proxy, or sibling subdomains/);
    assert.deepEqual(await cookies(visited), []);
  });
}
