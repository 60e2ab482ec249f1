// What scripts/screenshots runs: pictures in target/screenshots/ of every page, or of those that
// the arguments name as pages.js does.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { PAGES } from "./pages.js";
import { startChromium } from "./support/chromium.js";
import { TARGET } from "./support/server.js";
import { LOOKS, Places } from "./support/visit.js";

const folder = join(TARGET, "screenshots");
const names = process.argv.slice(2);
if (names.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const chromium = await startChromium();
const places = new Places("SQLite");
let pictures = 0;
let complaints = 0;
try {
  for (const page of PAGES.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const show = async (shown, look) => {
      await shown.screenshot({ path: join(folder, `${page.name}-${look.name}.png`), fullPage: true });
      pictures += 1;
    };
    const found = await places.inspect(chromium, page, LOOKS, show).catch((error) => [error.message]);
    complaints += found.length;
    console.log(found.length ? `${page.name}:\n  ${found.join("\n  ")}` : `${page.name}: nothing to complain of`);
  }
} finally {
  await places.remove();
  await chromium.close();
}
console.log(`${pictures} pictures are in ${folder}; ${complaints} complaints.`);
process.exitCode = complaints || !pictures ? 1 : 0;
