// The browser: the machine's own Chromium, started once for a whole run.

import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";

// Nothing of it reaches beyond this machine, and it needs neither a display nor a sandbox,
// which root and containers cannot have.
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Names for tests about sites: each is this machine.
  "--host-resolver-rules=MAP *.test 127.0.0.1",
];

/** What has pages alone, and no windows and menus around them, takes a third of the time; it is not packaged everywhere. */
const PROGRAMS = process.env.FRONTGATE_TEST_CHROMIUM ? [process.env.FRONTGATE_TEST_CHROMIUM] : ["chromium-headless-shell", "chromium"];

/** Starts Chromium. A machine that has none is an error, and no reason to skip anything. */
export function startChromium(programs = PROGRAMS) {
  return chromium.launch({ executablePath: installed(...programs), args: ARGUMENTS });
}

/** The whole browser for the length of a test, with a profile that has these settings, such as to block cookies. */
export async function launchWith(world, preferences, options = {}) {
  const folder = await world.newFolder();
  await mkdir(join(folder, "Default"));
  await writeFile(join(folder, "Default/Preferences"), JSON.stringify(preferences));
  const settings = { executablePath: installed("chromium"), args: ARGUMENTS, ...options };
  const context = await chromium.launchPersistentContext(folder, settings);
  world.afterwards(() => context.close());
  return context;
}

/** The first of these programs that is there. */
function installed(...names) {
  try {
    const found = execFileSync("sh", ["-c", 'for name; do command -v "$name" && exit; done; exit 1', "sh", ...names]);
    return found.toString().trim();
  } catch {
    throw new Error(`There is no ${names.join(" or ")} on the PATH: run scripts/install-tools, which installs it.`);
  }
}
