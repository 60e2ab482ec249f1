// Other browsers than Chromium: the machine's Firefox, and WebKit, of which Safari is made, as WebKitGTK has it.

import { doAll } from "./duties.js";
import { freePort } from "./free_port.js";
import { installed } from "./installed.js";
import { Program } from "./program.js";
import { Server } from "./server.js";
import { Context } from "./webdriver.js";

const HOW = "run scripts/install-tools --engines, which installs it";

/**
 * How each is started: its driver, and the capabilities for what a test wants. `privately` keeps nothing,
 * `blocksCookies` is a setting of people, and `proxy` is a port through which all names are reached.
 */
const ENGINES = {
  Firefox: {
    driver: (port) => [
      installed(["geckodriver"], HOW),
      ...["--port", `${port}`, "--binary", installed(["firefox-esr", "firefox"], HOW)],
    ],
    capabilities: ({ privately = false, blocksCookies = false }) => ({
      "moz:firefoxOptions": {
        args: ["-headless"],
        prefs: {
          "browser.privatebrowsing.autostart": privately,
          ...(blocksCookies && { "network.cookie.cookieBehavior": 2 }),
        },
      },
    }),
  },
  WebKit: {
    driver: (port) => [installed(["WebKitWebDriver"], HOW), `--port=${port}`],
    // What is automated keeps nothing, in any case.
    capabilities: ({ blocksCookies = false }) => ({
      "webkitgtk:browserOptions": {
        binary: installed(["/usr/lib/*/webkit2gtk-4.*/MiniBrowser"], HOW),
        args: ["--automation", ...(blocksCookies ? ["--cookies-policy=never"] : [])],
      },
    }),
  },
};

/** Every test of this run, for `engines.js`. */
export const tests = [];

/** Adds a test that runs in each of them, on SQLite; `run` gets an [`EngineWorld`] and the engine's name. */
export function inEach(name, run) {
  for (const engine of Object.keys(ENGINES)) {
    tests.push({ name: `${name} (${engine})`, run: (display) => EngineWorld.within(engine, display, run) });
  }
}

/** A display that nobody sees, for browsers that need one. */
export async function startDisplay() {
  const display = new Program(["Xvfb", "-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
  const [, number] = await display.printed(/^(\d+)\n/m);
  return { name: `:${number}`, stop: () => display.stop() };
}

/** One server, and whoever looks at it with one of the engines. */
class EngineWorld {
  /** The [`Server`]. */
  server;

  #engine;
  #display;
  #duties = [];

  static async within(engine, display, run) {
    const world = new EngineWorld();
    world.#engine = ENGINES[engine];
    world.#display = display;
    world.server = await Server.start("SQLite");
    let failed;
    try {
      await run(world, engine);
    } catch (error) {
      failed = error;
      failed.message += `\nThe server's log:\n${world.server.log}`;
    }
    const left = await doAll([() => world.server.remove(), ...world.#duties]);
    if (failed ?? left) throw failed ?? left;
  }

  /** Another browser: other cookies. Certificates are believed. */
  async newContext({ proxy, ...wanted } = {}) {
    const port = await freePort();
    const env = { ...process.env, DISPLAY: this.#display };
    const driver = new Program(this.#engine.driver(port), { env });
    this.afterwards(() => driver.stop());
    const context = await Context.of(`http://127.0.0.1:${port}`, {
      acceptInsecureCerts: true,
      ...(proxy && { proxy: { proxyType: "manual", httpProxy: `127.0.0.1:${proxy}` } }),
      ...this.#engine.capabilities(wanted),
    });
    // One that has failed does not listen: it is killed with its driver.
    this.afterwards(() => context.close().catch(() => {}));
    return context;
  }

  /** Does something when the test is over; what was asked for last comes first. */
  afterwards(act) {
    this.#duties.push(act);
  }
}
