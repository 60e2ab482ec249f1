// What scripts/screenshots runs: pictures of every page in target/screenshots/, on SQLite.

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { startChromium } from "./support/chromium.js";
import { TARGET } from "./support/server.js";
import { LOOKS, eachPage } from "./support/visit.js";

const folder = join(TARGET, "screenshots");
await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });

const chromium = await startChromium();
let pictures = 0;
let complaints = 0;
try {
  let name;
  const visit = async (next, inspect) => {
    name = next;
    const found = await inspect();
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
process.exitCode = complaints ? 1 : 0;
