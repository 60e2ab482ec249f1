// Who asks without being a browser, in the words of docs/where-your-app-lives.md: servers that render, and programs.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { on, onBoth } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { block, settings } from "./support/guide.js";
import { BROWSER, Host } from "./support/host.js";
import { PASSWORD } from "./support/person.js";
import { app, cookies, visit } from "./support/place.js";
import { folderWith, shell, startNode } from "./support/run.js";

/** A server that renders, which asks Frontgate, through `front` where there is one; and before both a host, with the client's app at /app/. */
async function rendering(world, { front, ...more } = {}) {
  const rendered = { url: "" };
  const session = block("session", { '"frontgate"': '"/static/frontgate.js"' });
  const passed = () => world.server.url;
  const routes = { ...app(session), "/": () => rendered.url, "/api/v1/users/": passed, "/static/": passed };
  const host = await Host.of(world, "app.example.test", routes);
  // A machine that is busy with other tests must not make it answer 503.
  const patient = { revocation_max_staleness: "1m" };
  await world.server.restart({ ...settings("nginx-settings", { "app.example.com": host.authority }), ...patient, ...more });
  rendered.url = await startNode(world, block("rendering"), { FRONTGATE: front?.url() ?? world.server.url });
  return { host, rendered };
}

const heading = (page) => page.locator("#view").textContent();

/** The cookies of a browser as it sends them. */
async function header(context) {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
}

onBoth("a page is rendered for whoever has the cookies, and refreshed when it must be", async (world) => {
  const { host } = await rendering(world);
  const visited = await visit(world, host, { tabs: 1 });
  const [tab] = visited.tabs;
  const page = await visited.context.newPage();
  await page.goto(host.url());
  assert.equal(await heading(page), "Log in");
  assert.deepEqual(await cookies(visited), []);

  await visited.signUp();
  await page.reload();
  assert.equal(await heading(page), "Hello, ada@example.com");

  // The access token is gone: the server refreshes, and the browser gets what came of it.
  const before = await header(visited.context);
  const superseded = (await visited.context.cookies()).filter(({ name }) => name === "refresh");
  await visited.forgetAccess();
  await page.reload();
  assert.equal(await heading(page), "Hello, ada@example.com");
  assert.notEqual(await header(visited.context), before);
  assert.deepEqual(await cookies(visited), [
    "access app.example.test / Lax Secure",
    "refresh app.example.test / Lax Secure",
  ]);
  // The client goes on with them, and finds the browser's address and name.
  const devices = await tab.evaluate(() => session.sessions());
  assert.deepEqual(devices.map(({ ip, current }) => [ip, current]), [[BROWSER, true]]);
  assert.match(devices[0].device, /Chrom/);
  // A tab that had the old token at that moment gets the same new one, and is no follower of itself.
  await visited.context.addCookies(superseded);
  assert.ok(await tab.evaluate(() => session.refresh()));
  await world.operator();
  // Repeats are written once a second.
  const repeats = world.page.getByRole("row", { name: "ada@example.com" });
  do {
    await world.go("/admin/events/?kind=refresh_repeated");
  } while ((await repeats.count()) === 0);
  assert.equal(await repeats.count(), 1);
  await world.go("/admin/events/?kind=follower_suspected");
  assert.equal(await world.page.getByRole("row", { name: "ada@example.com" }).count(), 0);

  await tab.evaluate(() => session.logOut());
  await page.reload();
  assert.equal(await heading(page), "Log in");
});

on(["SQLite"], "a link from another site leads to a page that is rendered for the user", async (world) => {
  const { host } = await rendering(world);
  const visited = await visit(world, host, { tabs: 1 });
  await visited.signUp();
  await visited.forgetAccess();
  const link = `<!doctype html><title>Elsewhere</title><a href="${host.url()}/welcome">There</a>`;
  const other = await Host.of(world, "www.other-site.test", { "/": link });
  const page = await visited.context.newPage();
  await page.goto(other.url());
  await page.getByRole("link").click();
  await page.waitForURL(`${host.url()}/welcome`);
  assert.equal(await heading(page), "Hello, ada@example.com");
  assert.equal(host.seen.findLast(({ line }) => line === "GET /welcome").site, "cross-site");
});

onBoth("requests at once with one old refresh token are all rendered, and nobody is logged out", async (world) => {
  const { host, rendered } = await rendering(world);
  const visited = await visit(world, host, { tabs: 1 });
  await visited.signUp();
  await visited.forgetAccess();
  const Cookie = await header(visited.context);
  const ask = () => fetch(rendered.url, { headers: { Cookie } });
  const answers = [...(await Promise.all([ask(), ask()])), await ask()];
  for (const answer of answers) assert.match(await answer.text(), /Hello, ada@example\.com/);
  const handed = answers.map((answer) => answer.headers.getSetCookie().map((line) => line.split(";")[0]));
  for (const [access, refresh, ...more] of handed) {
    assert.match(access, /^access=/);
    assert.equal(refresh, handed[0][1], "there is one successor");
    assert.deepEqual(more, []);
  }
  // The browser's own tabs come with it at the same time, and after it.
  const pages = await Promise.all([visited.context.newPage(), visited.context.newPage()]);
  await Promise.all(pages.map((page) => page.goto(host.url())));
  for (const page of pages) assert.equal(await heading(page), "Hello, ada@example.com");
  assert.ok(await visited.tabs[0].evaluate(() => session.refresh()));
  await pages[0].reload();
  assert.equal(await heading(pages[0]), "Hello, ada@example.com");
});

on(["SQLite"], "a rendering server that cannot ask logs nobody out", async (world) => {
  const { host } = await rendering(world);
  const visited = await visit(world, host, { tabs: 1 });
  await visited.signUp();
  const kept = await cookies(visited);
  const lost = await startNode(world, block("rendering"), { FRONTGATE: "http://127.0.0.1:1" });
  const answer = await fetch(lost, { headers: { Cookie: await header(visited.context) } });
  assert.deepEqual([answer.status, answer.headers.getSetCookie()], [503, []]);
  assert.deepEqual(await cookies(visited), kept);
});

on(["SQLite"], "a rendering server that refreshed and then got no answer hands the new cookies on", async (world) => {
  const front = await Front.of(world);
  const { host } = await rendering(world, { front });
  const visited = await visit(world, host, { tabs: 1 });
  await visited.signUp();
  await visited.forgetAccess();
  const before = await header(visited.context);
  // What it asks after the refresh.
  front.instead = (request, answer) => {
    if (request.method !== "GET" || !front.passed.some((line) => line.endsWith("refresh/ 200"))) return false;
    answer.writeHead(503, { "Content-Type": "application/json" }).end('{"detail":"Later."}');
    return true;
  };
  const page = await visited.context.newPage();
  assert.equal((await page.goto(host.url())).status(), 503);
  assert.equal((await cookies(visited)).length, 2);
  assert.ok(!(await header(visited.context)).includes(before), "the new refresh token is not there");
  front.instead = null;
  await page.reload();
  assert.equal(await heading(page), "Hello, ada@example.com");
});

on(["SQLite"], "a refresh cookie with a path does not come to the server that renders", async (world) => {
  const { host } = await rendering(world, { refresh_cookie_path: "/api/v1/users" });
  const visited = await visit(world, host, { tabs: 1 });
  await visited.signUp();
  await visited.forgetAccess();
  const page = await visited.context.newPage();
  await page.goto(host.url());
  assert.equal(await heading(page), "Log in");
  // Nothing was deleted by that.
  assert.equal((await visited.tabs[0].evaluate(() => session.profile())).email, "ada@example.com");
  await page.reload();
  assert.equal(await heading(page), "Hello, ada@example.com");
});

onBoth("an access token is verified without asking, until it expires", async (world) => {
  const folder = await folderWith(world, "verify.js", block("verifying"));
  const { claimsOf } = await import(pathToFileURL(join(folder, "verify.js")));
  const ada = world.person("ada@example.com");
  await ada.signUp();
  const { access, refresh } = ada.cookies;
  const key = world.server.secretKey;
  const claims = ada.access;
  assert.deepEqual(claimsOf(access, key), claims);
  assert.equal(claimsOf(access, key).email, "ada@example.com");
  assert.equal(claimsOf(access, `${key}.`), null);
  assert.equal(claimsOf(refresh, key), null);
  for (const spoilt of ["", "a.b", `${access}x`, access.slice(0, -5), `${access.split(".")[0]}.e30.${access.split(".")[2]}`]) {
    assert.equal(claimsOf(spoilt, key), null, spoilt);
  }
  // What the page warns of: a log-out is not heard.
  await ada.logOut();
  assert.notEqual(claimsOf(access, key), null);
  const now = Math.floor(Date.now() / 1000);
  const [head] = access.split(".");
  const expiring = (exp) => {
    const text = `${head}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString("base64url")}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  assert.equal(claimsOf(expiring(now - 1), key), null);
  assert.equal(claimsOf(expiring(now + 60), key).exp, now + 60);
});

on(["SQLite"], "a program with a jar logs in, refreshes and sends a Bearer header", async (world) => {
  await world.person("ada@example.com").signUp();
  const lines = block("no-browser", { "http://127.0.0.1:8000": world.server.url, "correct horse battery": PASSWORD });
  const said = await shell(world, lines);
  assert.equal(said, '{"email":"ada@example.com","user_id":1}{"message":"Token refreshed successfully"}{"email":"ada@example.com","user_id":1}');
});
