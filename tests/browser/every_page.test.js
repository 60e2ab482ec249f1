// Every page of pages.js, in both themes, at a desk, on a phone and at 200 % zoom.

import assert from "node:assert/strict";

import { once } from "./support/everywhere.js";
import { LOOKS, eachPage } from "./support/visit.js";

// Both themes and both widths once each: scripts/screenshots looks at all of them together. What
// a page looks like does not depend on the database: what it holds might.
const only = (...names) => LOOKS.filter(({ name }) => names.includes(name));
const looksOn = { SQLite: only("1280-light", "390-dark", "zoomed"), PostgreSQL: only("1280-dark") };

for (const [backend, looks] of Object.entries(looksOn)) {
  once(`every page is accessible, fits its screen and does nothing wrong (${backend})`, (chromium, test) =>
    eachPage(chromium, backend, looks, (name, inspect) =>
      test.test(name, async () => assert.deepEqual(await inspect(), [])),
    ),
  );
}
