// Every link on every page leads to a page.

import assert from "node:assert/strict";

import { once, World } from "./support/everywhere.js";
import { makeHistory } from "./support/history.js";

// What differs only by an id or a place is one page here: so many of each are opened.
const OF_A_KIND = 3;

once("every link in the admin leads to a page", (chromium) =>
  World.within(chromium, "SQLite", { javaScript: false, title: "every link" }, async (world) => {
    await makeHistory(world.server);
    await world.go("/admin/login/");
    await world.signIn();
    await world.page.waitForURL("**/admin/");

    const kinds = new Map();
    const known = new Set(["/admin/"]);
    const broken = [];
    for (const path of known) {
      const answer = await world.page.request.get(world.server.url + path);
      if (answer.status() !== 200) broken.push(`${path}: ${answer.status()}`);
      if (!answer.headers()["content-type"].startsWith("text/html")) continue;
      for (const [, href] of (await answer.text()).matchAll(/<a [^>]*href="([^"]*)"/g)) {
        const url = new URL(href.replaceAll("&amp;", "&").replaceAll("&#38;", "&"), world.server.url + path);
        const next = url.pathname + url.search;
        const kind = next.replace(/[0-9a-f]{8,}|\d+|[^/=&?]*(%40|@)[^/=&?]*/g, "…");
        const seen = kinds.get(kind) ?? 0;
        if (url.origin !== world.server.url || known.has(next) || seen >= OF_A_KIND) continue;
        kinds.set(kind, seen + 1);
        known.add(next);
      }
    }
    assert.deepEqual(broken, []);
    assert.ok(kinds.size > 25, `only ${[...kinds.keys()].join(" ")} were found`);
  }),
);
