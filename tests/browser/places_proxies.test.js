// Where the app lives behind proxies, in the words of docs/where-your-app-lives.md: nginx, Vite's, and one like Next's.

import assert from "node:assert/strict";

import { on, onBoth } from "./support/everywhere.js";
import { block, settings } from "./support/guide.js";
import { BROWSER, CERTIFICATE, Host } from "./support/host.js";
import { freePort } from "./support/free_port.js";
import { NGINX, startNginx } from "./support/nginx.js";
import { PASSWORD } from "./support/person.js";
import { NEW_PASSWORD, cookies, goesThroughALife, visit } from "./support/place.js";
import { App, failure, ready, signUp, status } from "./support/tabs.js";
import { built, newApp, serve } from "./support/vite.js";

/** What a visitor of a host needs of it. */
const at = (origin) => ({ url: () => origin });

/** The app's files and an nginx with the guide's block; `change` may spoil it. */
async function behindNginx(world, change = (text) => text) {
  const root = await built(await newApp(world, { session: block("session") }));
  const port = await freePort();
  const text = block("nginx", {
    "listen 443": `listen 127.0.0.1:${port}`,
    "/etc/ssl/app.example.com.pem": CERTIFICATE.cert,
    "/etc/ssl/app.example.com.key": CERTIFICATE.key,
    "app.example.com": "app.example.test",
    "/srv/app": root,
    "127.0.0.1:8000": new URL(world.server.url).host,
  });
  await startNginx(world, change(text));
  return `app.example.test:${port}`;
}

/** The server's own copy of the client, with the modules that it imports, is there for apps without a build. */
const servesTheClient = async (tab) =>
  assert.equal(await tab.evaluate(() => import("/static/frontgate.js").then(({ createSession }) => typeof createSession)), "function");

onBoth("nginx serves the app and passes the API on, and sessions have the browser's address", async (world) => {
  // The server's port is known to nginx, so it stays what it is.
  const bind = new URL(world.server.url).host;
  const authority = await behindNginx(world);
  const here = { "app.example.com": authority, "127.0.0.1": NGINX };
  await world.server.restart({ ...settings("nginx-settings", here), bind });
  const visited = await visit(world, at(`https://${authority}`));
  await goesThroughALife(visited);
  const [tab] = visited.tabs;
  await servesTheClient(tab);
  await visited.logIn(NEW_PASSWORD);
  const addresses = () => tab.evaluate(() => session.sessions().then((devices) => devices.map(({ ip }) => ip)));
  assert.deepEqual(await addresses(), ["127.0.0.1"]);
  // Whatever a client claims, nginx adds from where it came.
  await visited.context.setExtraHTTPHeaders({ "X-Forwarded-For": "203.0.113.66" });
  assert.ok(await tab.evaluate(() => session.refresh()));
  assert.deepEqual(await addresses(), ["127.0.0.1"]);
  await visited.context.setExtraHTTPHeaders({});

  await world.operator();
  await world.go("/admin/sessions/");
  await world.page.getByText("127.0.0.1").first().waitFor();
  assert.equal(await world.page.getByText(NGINX).count(), 0);

  await world.server.restart({ ...settings("nginx-settings", here), bind, trusted_proxies: "" });
  assert.ok(await tab.evaluate(() => session.refresh()));
  assert.deepEqual(await addresses(), [NGINX]);
});

on(["SQLite"], "nginx that does not pass the users' path on is told", async (world) => {
  const authority = await behindNginx(world, (text) => text.replace("location /api/v1/users/", "location /api/v2/users/"));
  const visited = await visit(world, at(`https://${authority}`), { tabs: 1, isReady: false });
  const failed = await failure(visited.tabs[0], ready);
  assert.equal(failed.code, "base_url");
  assert.match(failed.message, /text\/html, not by Frontgate's user endpoints/);
});

on(["SQLite"], "nginx that passes another Host on is told where browsers do not say from where they ask", async (world) => {
  const bind = new URL(world.server.url).host;
  const spoilt = (text) =>
    text
      .replace(/listen (\S+) ssl;/, "listen $1;")
      .replaceAll(/ssl_certificate.*;/g, "")
      .replace("proxy_set_header Host $host;", "");
  const authority = await behindNginx(world, spoilt);
  await world.server.restart({ bind, cookie_secure: "false" });
  const visited = await visit(world, at(`http://${authority}`), { tabs: 1, isReady: false });
  const [tab] = visited.tabs;
  const failed = await failure(tab, signUp, PASSWORD);
  assert.equal(failed.code, "cross_site", failed.message);
  assert.ok(failed.message.includes(`http://${authority}`), failed.message);
  // Either is enough: the Host, or this.
  await world.server.restart({ bind, cookie_secure: "false", public_origin: `http://${authority}` });
  await tab.evaluate(signUp, PASSWORD);
});

on(["SQLite"], "an app on another site reaches Frontgate through nginx of its own", async (world) => {
  const auth = await Host.of(world, "auth.example.test", { "/": () => world.server.url });
  const root = await built(await newApp(world, { session: block("session") }));
  const port = await freePort();
  const text = block("other-site-nginx", {
    "listen 443": `listen 127.0.0.1:${port}`,
    "/etc/ssl/app.example.net.pem": CERTIFICATE.cert,
    "/etc/ssl/app.example.net.key": CERTIFICATE.key,
    "app.example.net": "app.other-site.test",
    "/srv/app": root,
    "https://auth.example.com": `https://127.0.0.1:${auth.port}`,
    "Host auth.example.com": `Host ${auth.authority}`,
  });
  await startNginx(world, text);
  const authority = `app.other-site.test:${port}`;
  await world.server.restart(
    settings("other-site-settings", {
      "app.example.net": authority,
      "auth.example.com": auth.authority,
      // As a host here says from where it was asked.
      "203.0.113.9": BROWSER,
    }),
  );
  const visited = await visit(world, at(`https://${authority}`));
  await goesThroughALife(visited);
  const [tab] = visited.tabs;
  await visited.logIn(NEW_PASSWORD);
  assert.deepEqual(await cookies(visited), [
    "access app.other-site.test / Lax Secure",
    "refresh app.other-site.test / Lax Secure",
  ]);
  assert.deepEqual([...new Set(auth.seen.map(({ site }) => site))], ["same-origin"]);
  assert.deepEqual(await tab.evaluate(() => session.sessions().then((all) => all.map(({ ip }) => ip))), ["127.0.0.1"]);
});

/** Vite's dev server with the guide's configuration, or another one. */
async function behindVite(world, change = (text) => text) {
  const config = change(block("vite", { "http://127.0.0.1:8000": world.server.url }));
  return serve(world, await newApp(world, { session: block("session"), config }));
}

on(["SQLite"], "Vite's dev proxy makes one origin of the app and a Frontgate without settings", async (world) => {
  const visited = await visit(world, await behindVite(world));
  await goesThroughALife(visited);
  await servesTheClient(visited.tabs[0]);
  await visited.logIn(NEW_PASSWORD);
  assert.deepEqual(await cookies(visited), ["access localhost / Lax Secure", "refresh localhost / Lax Secure"]);
});

on(["SQLite"], "Vite's app on a phone needs cookies that are not Secure", async (world) => {
  const bind = new URL(world.server.url).host;
  const vite = await behindVite(world);
  const phone = at(vite.url("app.example.test"));
  const visited = await visit(world, phone, { tabs: 1 });
  const failed = await failure(visited.tabs[0], signUp, PASSWORD);
  assert.equal(failed.code, "insecure_cookies", failed.message);
  await world.server.restart({ ...settings("vite-settings"), bind });
  await visited.logIn();
  assert.deepEqual(await cookies(visited), ["access app.example.test / Lax", "refresh app.example.test / Lax"]);
});

on(["SQLite"], "Vite's short form of a proxy is told on a phone", async (world) => {
  const bind = new URL(world.server.url).host;
  const short = (text) => text.replace(/\{ target: (.*), changeOrigin: false \}/, "$1");
  const vite = await behindVite(world, short);
  await world.server.restart({ ...settings("vite-settings"), bind });
  const desk = await visit(world, vite, { tabs: 1 });
  await desk.signUp();
  const phone = await visit(world, at(vite.url("app.example.test")), { tabs: 1, isReady: false });
  const failed = await failure(phone.tabs[0], () => session.logIn("ada@example.com", "whatever it is"));
  assert.equal(failed.code, "cross_site", failed.message);
});

on(["SQLite"], "Vite without a proxy is told", async (world) => {
  const vite = await behindVite(world, (text) => text.replace('"/api"', '"/other"'));
  const visited = await visit(world, vite, { tabs: 1, isReady: false });
  assert.equal((await failure(visited.tabs[0], ready)).code, "base_url");
});

on(["SQLite"], "a proxy that redirects paths with a slash at their end is never asked for one, if baseUrl has none", async (world) => {
  const app = await App.open(world, { tabs: 0 });
  let redirected = 0;
  const passesOn = /source: "(.*)\/:path\*", destination: "http:\/\/127\.0\.0\.1:8000(.*)\/:path\*"/.exec(block("next-config"));
  assert.deepEqual([passesOn[1], passesOn[2]], ["/api/v1/users", "/api/v1/users"]);
  const [, baseUrl] = /baseUrl: "(.*)"/.exec(block("next-session"));
  app.front.instead = ({ url }, answer) => {
    // As Next does it.
    if (!/^\/api\/.*\/$/.test(url)) return false;
    redirected += 1;
    answer.writeHead(308, { Location: url.slice(0, -1) }).end();
    return true;
  };
  const tab = await app.openTab({ baseUrl });
  await app.signUp();
  await app.forgetAccess();
  assert.equal(await status(tab), 200);
  const [device] = await tab.evaluate(() => session.sessions());
  assert.equal((await failure(tab, () => session.endSession("0".repeat(32)))).code, "not_found");
  await tab.evaluate(() => session.changeProfile({ first_name: "Ada" }));
  await tab.evaluate((id) => session.endSession(id), device.id);
  await app.everyTabShows("Log in");
  assert.equal(redirected, 0);
});
