// Where engines differ: plain http, settings that block cookies, pages without Web Locks.

import assert from "node:assert/strict";

import { inEach } from "../support/engines.js";
import { Front } from "../support/front.js";
import { Host } from "../support/host.js";
import { PASSWORD } from "../support/person.js";
import { App, failure, signUp } from "../support/tabs.js";
import { REFRESHED, refreshes, statusAtOnce } from "./at_once.js";

const ROUNDS = 3;

for (const host of ["127.0.0.1", "localhost"]) {
  const title = `Firefox keeps Secure cookies of http://${host}, and in WebKit the error says what to set`;
  inEach(title, async (world, engine) => {
    const app = await App.open(world, { tabs: 2, host });
    const failed = await failure(app.tabs[0], signUp, PASSWORD);
    if (engine === "WebKit") {
      assert.equal(failed.code, "insecure_cookies");
      assert.match(failed.message, /FRONTGATE_COOKIE_SECURE=false/);
      await app.everyTabShows("Log in");
      await world.server.restart({ cookie_secure: "false" });
      await app.logIn();
    }
    await app.everyTabShows("ada@example.com");
    await app.forgetAccess();
    refreshes(app);
    assert.deepEqual(await statusAtOnce(app), [200, 200]);
    assert.deepEqual(refreshes(app), [REFRESHED]);
  });
}

inEach("plain http under another name keeps no Secure cookies, and the error says what to set", async (world) => {
  const front = await Front.of(world);
  const context = await world.newContext({ proxy: front.port });
  const app = await App.open(world, { host: "app.example.test", front, context });
  assert.equal((await failure(app.tabs[0], signUp, PASSWORD))?.code, "insecure_cookies");
});

inEach("without Web Locks, five tabs refresh once all the same", async (world) => {
  await world.server.restart({ cookie_secure: "false" });
  const front = await Front.of(world);
  const context = await world.newContext({ proxy: front.port });
  const app = await App.open(world, { tabs: 5, host: "app.example.test", front, context });
  assert.equal(await app.tabs[0].evaluate(() => navigator.locks === undefined), true);
  await app.signUp();
  for (let round = 0; round < ROUNDS; round += 1) {
    await app.forgetAccess();
    refreshes(app);
    assert.deepEqual(await statusAtOnce(app), [200, 200, 200, 200, 200], `round ${round}`);
    assert.deepEqual(refreshes(app), [REFRESHED], `round ${round}`);
  }
  await app.tabs[4].evaluate(() => session.logOut());
  await app.everyTabShows("Log in");
});

inEach("settings that block cookies are named", async (world) => {
  const context = await world.newContext({ blocksCookies: true });
  const app = await App.open(world, { context });
  const failed = await failure(app.tabs[0], signUp, PASSWORD);
  assert.equal(failed?.code, "cookies_blocked");
  assert.match(failed.message, /its settings block them/);
});

/** What becomes of the cookies of an app's other site, as docs/where-your-app-lives.md says. */
const OTHER_SITES = {
  "SameSite=Lax": { settings: { cookie_samesite: "Lax" }, worksIn: [] },
  "SameSite=None": { settings: { cookie_samesite: "None" }, worksIn: ["Firefox"] },
  "SameSite=None and Partitioned": {
    settings: { cookie_samesite: "None", cookie_partitioned: "true" },
    worksIn: ["Firefox"],
  },
};

for (const [attributes, { settings, worksIn }] of Object.entries(OTHER_SITES)) {
  const keepers = worksIn.length > 0 ? `${worksIn.join(" and ")}, for this site alone` : "none of them";
  const title = `cookies of another site with ${attributes} are kept by ${keepers}`;
  inEach(title, async (world, engine) => {
    const front = await Front.of(world);
    const page = await Host.of(world, "localhost", { "/": () => front.url() });
    const auth = await Host.of(world, "127.0.0.1", { "/": () => front.url() });
    const origins = { cors_allowed_origins: page.url(), public_origin: auth.url() };
    await world.server.restart({ ...origins, ...settings });
    const app = await App.open(world, { tabs: 0, front, origin: page.url() });
    await app.openTab({ baseUrl: `${auth.url()}/api/v1/users/` });
    const works = worksIn.includes(engine);
    const failed = await failure(app.tabs[0], signUp, PASSWORD);
    assert.equal(failed?.code, works ? undefined : "third_party_cookies");
    await app.everyTabShows(works ? "ada@example.com" : "Log in");
    if (!works) return;
    // Whoever is logged in there is not where the cookies came from.
    const itself = await App.open(world, { front, origin: auth.url(), context: app.context });
    await itself.everyTabShows("Log in");
  });
}
