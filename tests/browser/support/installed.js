// Programs of the machine.

import { execFileSync } from "node:child_process";

/** The first of these programs, or paths with stars, that is there. If none is, nothing is skipped: it is an error that says `how`. */
export function installed(names, how) {
  try {
    // Without quotes the shell finds what the stars stand for.
    const look = 'for name in $*; do command -v "$name" && exit; done; exit 1';
    return execFileSync("sh", ["-c", look, "sh", ...names], { encoding: "utf8" }).trim();
  } catch {
    throw new Error(`There is no ${names.join(" or ")}: ${how}.`);
  }
}
