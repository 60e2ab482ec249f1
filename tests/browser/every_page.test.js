// Every page of pages.js, in both themes, at a desk, on a phone and at 200 % zoom.

import assert from "node:assert/strict";

import { PAGES } from "./pages.js";
import { afterwards, once } from "./support/everywhere.js";
import { LOOKS, Places } from "./support/visit.js";

// Both themes and both widths once each: scripts/screenshots looks at all of them together. What
// a page looks like does not depend on the database: what it holds might.
const only = (...names) => LOOKS.filter(({ name }) => names.includes(name));
const looksOn = { SQLite: only("1280-light", "390-dark", "zoomed"), PostgreSQL: only("1280-dark") };

for (const [backend, looks] of Object.entries(looksOn)) {
  const places = new Places(backend);
  afterwards(() => places.remove());
  for (const page of PAGES) {
    once(`the page "${page.name}" is accessible, fits its screen and does nothing wrong (${backend})`, async (chromium) =>
      assert.deepEqual(await places.inspect(chromium, page, looks), []),
    );
  }
}
