// What scripts/screenshots runs: pictures in target/screenshots/ of every page, or of those that
// the arguments name as pages.js does.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { startChromium } from "./support/chromium.js";
import { TARGET } from "./support/server.js";
import { LOOKS, eachPage } from "./support/visit.js";

const folder = join(TARGET, "screenshots");
const names = process.argv.slice(2);
if (names.length === 0) await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const chromium = await startChromium();
let pictures = 0;
let complaints = 0;
try {
  let name;
  const visit = async (next, inspect) => {
    name = next;
    if (names.length > 0 && !names.includes(name)) return;
    const found = await inspect().catch((error) => [error.message]);
    complaints += found.length;
    console.log(found.length ? `${name}:\n  ${found.join("\n  ")}` : `${name}: nothing to complain of`);
  };
  await eachPage(chromium, "SQLite", LOOKS, visit, async (page, look) => {
    await page.screenshot({ path: join(folder, `${name}-${look.name}.png`), fullPage: true });
    pictures += 1;
  });
} finally {
  await chromium.close();
}
console.log(`${pictures} pictures are in ${folder}; ${complaints} complaints.`);
process.exitCode = complaints || !pictures ? 1 : 0;
