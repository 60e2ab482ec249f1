// The browser: the machine's own Chromium, started once for a whole run.

import { execFileSync } from "node:child_process";

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

/** Starts Chromium. A machine that has none is an error, and no reason to skip anything. */
export function startChromium() {
  return chromium.launch({ executablePath: installed(), args: ARGUMENTS });
}

/** One with a profile of its own in a folder, such as one whose settings block cookies. */
export function launchWith(folder) {
  return chromium.launchPersistentContext(folder, { executablePath: installed(), args: ARGUMENTS });
}

function installed() {
  try {
    return execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();
  } catch {
    throw new Error("There is no chromium on the PATH: run scripts/install-tools, which installs it.");
  }
}
