// Visits the pages of pages.js, each in some looks.

import assert from "node:assert/strict";

import { accessibility, overflow, primaryAction } from "./inspect.js";
import { makeDevices, makeHistory } from "./history.js";
import { firstAdministrator, signedIn } from "./operator.js";
import { Server } from "./server.js";
import { watch } from "./watch.js";

/** How a page may be looked at. 640 pixels at twice the size are 1280 at 200 % zoom. */
export const LOOKS = [
  { name: "1280-light", width: 1280, scale: 1, theme: "light" },
  { name: "1280-dark", width: 1280, scale: 1, theme: "dark" },
  { name: "390-light", width: 390, scale: 1, theme: "light" },
  { name: "390-dark", width: 390, scale: 1, theme: "dark" },
  { name: "zoomed", width: 640, scale: 2, theme: "light" },
];

/** What the servers have on them, by the `where` of a page. */
const PLACES = {
  new: async (server) => ({ made: { setup: (await server.setupLink()).slice(server.url.length) } }),
  empty: async (server) => ({ made: {}, cookie: await firstAdministrator(server) }),
  demo: async (server) => ({ made: await makeDevices(server) }),
  history: async (server) => ({ made: await makeHistory(server), cookie: await signedIn(server) }),
};

/** The servers on which the pages of pages.js are, each started when it is first asked for. */
export class Places {
  #backend;
  #furnished = new Map();

  constructor(backend) {
    this.#backend = backend;
  }

  /**
   * Takes each of `looks` at a page, and answers complaints: `[]` if all is well. `show` is called
   * at each look.
   */
  async inspect(chromium, page, looks, show = async () => {}) {
    const { server, made, cookie } = await this.#at(page.where ?? "history");
    const path = typeof page.path === "function" ? page.path(made) : page.path;
    // What an operator is told after an action is shown once: whoever acts has a session of their own.
    const cookies = page.signedOut ? [] : [page.act ? await signedIn(server) : cookie];
    return inspect(chromium, server, { ...page, path, cookies }, looks, show);
  }

  /** Stops every server. */
  async remove() {
    const places = await Promise.allSettled(this.#furnished.values());
    await Promise.all(places.map(({ value }) => value?.server.remove()));
  }

  /** The server, and what is on it, from the first call on. */
  #at(where) {
    if (!this.#furnished.has(where)) this.#furnished.set(where, furnish(this.#backend, PLACES[where]));
    return this.#furnished.get(where);
  }
}

async function furnish(backend, fill) {
  const server = await Server.start(backend);
  try {
    return { server, ...(await fill(server)) };
  } catch (error) {
    await server.remove();
    throw error;
  }
}

async function inspect(chromium, server, { name, path, cookies, status = 200, act, primary }, looks, show) {
  const complaints = [];
  for (const scale of new Set(looks.map((look) => look.scale))) {
    // A theme changes at once, and not in the middle of a transition.
    const context = await chromium.newContext({ deviceScaleFactor: scale, reducedMotion: "reduce" });
    try {
      await context.addCookies(cookies);
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      const watched = watch(page, () => server.url);
      const answer = await page.goto(server.url + path);
      assert.equal(answer.status(), status, `${name}: ${path}`);
      assert.equal(new URL(page.url()).pathname, new URL(server.url + path).pathname, "nobody was sent elsewhere");
      await act?.(page);
      for (const look of looks.filter((look) => look.scale === scale)) {
        await page.setViewportSize({ width: look.width, height: 800 });
        await page.emulateMedia({ colorScheme: look.theme });
        const found = [await overflow(page), await primaryAction(page, primary), await accessibility(page)];
        complaints.push(...found.flat().map((complaint) => `${look.name}: ${complaint}`));
        await show(page, look);
      }
      complaints.push(...watched);
    } finally {
      await context.close();
    }
  }
  return complaints;
}
