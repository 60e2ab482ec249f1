// What goes wrong while an app is being built: each error says which it is and what to do.

import assert from "node:assert/strict";

import { launchWith } from "./support/chromium.js";
import { onBoth } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { PASSWORD } from "./support/person.js";
import { App, failure, ready, signUp, status } from "./support/tabs.js";

onBoth("what the server refuses is said by field", async (world) => {
  const { tabs: [tab] } = await App.open(world);
  const weak = await failure(tab, () => session.signUp("ada@example", "12345"));
  assert.deepEqual([weak.name, weak.code, weak.status], ["FrontgateError", "invalid", 400]);
  assert.deepEqual(Object.keys(weak.fields).sort(), ["email", "password"]);
  const wrong = await failure(tab, () => session.logIn("ada@example.com", "not my password"));
  assert.deepEqual([wrong.code, wrong.message], ["credentials", "No user matching credentials"]);
  const nobody = await failure(tab, () => session.profile());
  assert.equal(nobody.code, "logged_out");
});

onBoth("a baseUrl that leads elsewhere is told", async (world) => {
  const app = await App.open(world);
  const nonsense = await app.openTab({ baseUrl: "ftp://example.com" }, { isReady: false });
  assert.deepEqual(await nonsense.evaluate(() => [refused.code, refused.isOurs]), ["base_url", true]);
  for (const baseUrl of ["/", "/api/v2/users/", "/api/v1/users/login/", "/app/"]) {
    const tab = await app.openTab({ baseUrl }, { isReady: false });
    const failed = await failure(tab, ready);
    assert.equal(failed?.code, "base_url", `${baseUrl}: ${failed?.message}`);
    assert.ok(failed.message.includes(app.front.url() + baseUrl), failed.message);
  }
});

onBoth("a server that is away is told, and another one that answers HTML", async (world) => {
  const app = await App.open(world);
  app.front.instead = (request, answer) => {
    if (/^\/(app|static)\//.test(request.url)) return false;
    answer.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>The app</title>");
    return true;
  };
  const html = await failure(await app.openTab(undefined, { isReady: false }), ready);
  assert.equal(html.code, "base_url");
  assert.match(html.message, /text\/html.*a proxy must pass it on/);
  const away = await app.openTab({ baseUrl: "http://127.0.0.1:1/api/v1/users/" }, { isReady: false });
  const failed = await failure(away, ready);
  assert.equal(failed.code, "network");
  assert.match(failed.message, /127\.0\.0\.1:1.*is Frontgate running/);
});

onBoth("a server that does not list the app's origin is told apart from one that is away", async (world) => {
  const app = await App.open(world);
  const other = await app.openTab({ baseUrl: `${world.server.url}/api/v1/users/` }, { isReady: false });
  const failed = await failure(other, ready);
  assert.equal(failed.code, "cors");
  assert.ok(failed.message.includes(`FRONTGATE_CORS_ALLOWED_ORIGINS list that origin`), failed.message);
  assert.ok(failed.message.includes(app.front.url()), failed.message);
});

onBoth("cookies of another site are told", async (world) => {
  const front = await Front.of(world);
  await world.server.restart({ cors_allowed_origins: front.url("localhost") });
  const app = await App.open(world, { front, host: "localhost", tabs: 0 });
  const tab = await app.openTab({ baseUrl: `${world.server.url}/api/v1/users/` });
  const failed = await failure(tab, signUp, PASSWORD);
  assert.equal(failed.code, "third_party_cookies");
  assert.match(failed.message, /localhost and 127\.0\.0\.1 are two/);
});

onBoth("Secure cookies over plain http are told", async (world) => {
  const { tabs: [tab] } = await App.open(world, { host: "app.example.test" });
  const failed = await failure(tab, signUp, PASSWORD);
  assert.equal(failed.code, "insecure_cookies");
  assert.match(failed.message, /FRONTGATE_COOKIE_SECURE=false/);
});

onBoth("a browser that blocks cookies is told", async (world) => {
  const context = await launchWith(world, { profile: { default_content_setting_values: { cookies: 2 } } });
  const { tabs: [tab] } = await App.open(world, { context });
  const failed = await failure(tab, signUp, PASSWORD);
  assert.equal(failed.code, "cookies_blocked");
  assert.match(failed.message, /Allow cookies for this site/);
});

for (const [days, words] of [[1, "24 hours ahead of"], [-1, "24 hours behind"]]) {
  onBoth(`a clock that is ${words} the server's is told, and sessions work`, async (world) => {
    const app = await App.open(world, { tabs: 0 });
    await app.context.clock.install({ time: Date.now() + days * 24 * 3_600_000 });
    const told = [];
    app.context.on("console", (message) => message.type() === "warning" && told.push(message.text()));
    const tab = await app.openTab();
    await app.signUp();
    await app.forgetAccess();
    assert.equal(await status(tab), 200);
    assert.equal(told.length, 1, told.join("\n"));
    assert.ok(told[0].includes(words), told[0]);
  });
}
