// Somebody who reads docs/spa.md and types what it says.

import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { EXAMPLES } from "./package.js";
import { run } from "./program.js";
import { ROOT } from "./server.js";

// `npm create` asks the registry, which a test does not: the create-vite of the examples, and what Vite is made of,
// are on this machine already.
const NPM = `#!/bin/sh
if [ "$1" = create ] && [ "$2" = vite@latest ]; then
  app=$3
  shift 4
  node "${EXAMPLES}/node_modules/create-vite/index.js" "$app" "$@" && cp -R "${EXAMPLES}/node_modules" "$app/"
  exit
fi
PATH=\${PATH#*:} exec npm "$@"
`;

/** A person with a terminal, in a new folder that has the repository's `clients/js`. */
export class Newcomer {
  #world;
  #current;
  #env;

  /** Whoever sits down leaves with the test, and takes the folder along. */
  static async sitsDown(world) {
    const newcomer = new Newcomer();
    const folder = await world.newFolder();
    newcomer.#world = world;
    newcomer.#current = folder;
    await cp(join(ROOT, "clients/js"), join(folder, "frontgate/clients/js"), { recursive: true });
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/npm"), NPM, { mode: 0o755 });
    const quiet = { npm_config_offline: "true", npm_config_update_notifier: "false", NO_COLOR: "1" };
    newcomer.#env = { ...process.env, ...quiet, PATH: `${join(folder, "bin")}:${process.env.PATH}` };
    return newcomer;
  }

  /** Types commands, and waits. The next ones begin in the folder in which these ended. */
  async types(commands) {
    const options = { cwd: this.#current, env: this.#env };
    const { stdout } = await run("bash", ["-euo", "pipefail", "-c", `${commands}\npwd`], options);
    this.#current = stdout.trim().split("\n").at(-1);
  }

  /** Types a command that goes on running, and answers what it says that matches `pattern`. */
  async starts(command, pattern) {
    const [said] = await this.#world.starts(["bash", "-c", command], { cwd: this.#current, env: this.#env }, pattern);
    return said;
  }

  /** Writes a file, or writes it anew. */
  async writes(file, text) {
    await mkdir(dirname(join(this.#current, file)), { recursive: true });
    await writeFile(join(this.#current, file), text);
  }

  /** Where a file in the current folder is. */
  at(file) {
    return join(this.#current, file);
  }
}
