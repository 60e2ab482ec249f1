// An app as it is where it lives: its page, its module `session.js` from the guide, and what it goes through there.

import assert from "node:assert/strict";

import { PASSWORD } from "./person.js";
import { App } from "./tabs.js";

/** Ada's password after [`goesThroughALife`]. */
export const NEW_PASSWORD = "a staple of another day";

/** The app's page. It shows who is logged in, and `session` is there for tests. */
export const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
<h1 id="view">…</h1>
<script type="module" src="/main.js"></script></html>`;

/** Its script. */
export const MAIN = `import { session } from "./session.js";
globalThis.session = session;
session.user.subscribe((user) => {
  document.querySelector("#view").textContent = user ? user.email : user === null ? "Log in" : "…";
});`;

/** The routes of a host that has the app's files; `session` is its module. */
export const app = (session) => ({ "/app/": PAGE, "/main.js": MAIN, "/session.js": session });

/** The app's own API, which asks Frontgate who has sent these cookies. Pages of `origin` may read its answers. */
export const orders = (world, origin) => ({
  "/api/orders": async (request, answer) => {
    const who = await fetch(world.server.api(""), { headers: { Cookie: request.headers.cookie ?? "" } });
    const cors = origin && { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" };
    answer.writeHead(who.status, { "Content-Type": "application/json", ...cors }).end(await who.text());
  },
});

/** A browser at the app of `host`, in `tabs` tabs that know who is logged in. */
export async function visit(world, host, { tabs = 2, isReady = true, ...options } = {}) {
  const context = options.context ?? (await world.newContext({ ignoreHTTPSErrors: true }));
  const visited = await App.open(world, { front: host, context, tabs: 0 });
  for (let number = 0; number < tabs; number += 1) await visited.openTab(undefined, { isReady });
  return visited;
}

/** The cookies of the browser: `"access .example.test / Lax Secure"`, by their names. */
export async function cookies(visited) {
  const words = (cookie) => [
    cookie.name,
    cookie.domain,
    cookie.path,
    cookie.sameSite,
    ...(cookie.secure ? ["Secure"] : []),
    ...(cookie.partitionKey ? [`in ${cookie.partitionKey}`] : []),
  ];
  return (await visited.context.cookies()).map((cookie) => words(cookie).join(" ")).sort();
}

/**
 * A session from its beginning to its end, in two tabs: signed up in the first, refreshed in the second,
 * logged out there, logged in again and out everywhere. `access` is the access cookie's name.
 */
export async function goesThroughALife(visited, { access = "access" } = {}) {
  const [first, second] = visited.tabs;
  await visited.everyTabShows("Log in");
  await visited.signUp();
  const forget = () => visited.context.clearCookies({ name: access });
  await forget();
  assert.equal((await second.evaluate(() => session.profile())).email, "ada@example.com");
  assert.ok(await first.evaluate(() => session.expiresAt.value > Date.now()), "it does not know when it must refresh");
  await second.evaluate(() => session.logOut());
  await visited.everyTabShows("Log in");
  assert.deepEqual(await cookies(visited), []);
  await visited.logIn();
  await second.evaluate((words) => session.changePassword(...words), [PASSWORD, NEW_PASSWORD]);
  await forget();
  assert.equal(await first.evaluate(() => session.logOutEverywhere()), 1);
  await visited.everyTabShows("Log in");
  assert.deepEqual(await cookies(visited), []);
}
