// The browser: the machine's own Chromium, started once for a whole run.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { installed } from "./installed.js";

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

/** The program that somebody wants for everything, instead of those below. */
const WANTED = process.env.FRONTGATE_TEST_CHROMIUM || undefined;
/** The shell has pages and no windows: it takes a third of the time, and is not packaged everywhere. */
const PROGRAMS = WANTED ? [WANTED] : ["chromium-headless-shell", "chromium"];

const HOW = WANTED
  ? `FRONTGATE_TEST_CHROMIUM is ${WANTED}: give a Chromium that is on the PATH, or leave it out`
  : "run scripts/install-tools, which installs it";

/** Starts Chromium. A machine that has none is an error, and no reason to skip anything. */
export function startChromium(programs = PROGRAMS) {
  return chromium.launch({ executablePath: installed(programs, HOW), args: ARGUMENTS });
}

/** The whole browser for the length of a test, with a profile that has these settings, such as to block cookies. */
export async function launchWith(world, preferences, options = {}) {
  const folder = await world.newFolder();
  await mkdir(join(folder, "Default"));
  await writeFile(join(folder, "Default/Preferences"), JSON.stringify(preferences));
  const settings = { executablePath: installed([WANTED ?? "chromium"], HOW), args: ARGUMENTS, ...options };
  const context = await chromium.launchPersistentContext(folder, settings);
  world.afterwards(() => context.close());
  return context;
}
