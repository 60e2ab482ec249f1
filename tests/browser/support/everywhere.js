// Runs each test on both databases, with JavaScript on and off.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { BACKENDS } from "./database.js";
import { doAll } from "./duties.js";
import { lag } from "./lag.js";
import { OPERATOR, firstAdministrator } from "./operator.js";
import { PASSWORD, Person } from "./person.js";
import { Program } from "./program.js";
import { Server, TARGET } from "./server.js";
import { watch } from "./watch.js";

/** Every test of this run, for `main.js`. */
export const tests = [];

/** What is done when all tests are over, for `main.js`. */
export const lastDuties = [];

/** Adds a test that runs once; `run` gets Chromium. */
export function once(name, run) {
  tests.push({ name, run });
}

/** Does something when all tests are over, whether they passed or not. */
export function afterwards(act) {
  lastDuties.push(act);
}

/** Adds a test that runs four times; `run` gets a [`World`]. */
export function everywhere(name, run) {
  for (const backend of BACKENDS) {
    for (const javaScript of [true, false]) {
      const title = `${name} (${backend}, JavaScript ${javaScript ? "on" : "off"})`;
      once(title, (chromium) => World.within(chromium, backend, { javaScript, title }, run));
    }
  }
}

/** Adds a test that runs on these databases, with JavaScript; `run` gets a [`World`]. */
export function on(backends, name, run) {
  for (const backend of backends) {
    const title = `${name} (${backend})`;
    once(title, (chromium) => World.within(chromium, backend, { javaScript: true, title }, run));
  }
}

/** Adds a test that runs on both databases, with JavaScript; `run` gets a [`World`]. */
export function onBoth(name, run) {
  on(BACKENDS, name, run);
}

/** One server, and whoever looks at it. */
export class World {
  /** The [`Server`]. */
  server;
  /** A page of a browser in which nobody is signed in yet. */
  page;

  #chromium;
  #javaScript;
  #watched = [];
  #contexts = [];
  #duties = [];

  /** Makes a world for `run`, and fails when one of its pages did something wrong by itself. */
  static async within(chromium, backend, { javaScript, title }, run) {
    const world = new World();
    world.#chromium = chromium;
    world.#javaScript = javaScript;
    world.server = await Server.start(backend);
    let failed;
    try {
      world.page = await world.newPage();
      await run(world);
      assert.deepEqual(world.complaints(), []);
    } catch (error) {
      failed = error;
      await world.#keepEvidence(title, error);
    }
    const closes = world.#contexts.map((context) => () => context.close());
    const left = await doAll([() => world.server.remove(), ...world.#duties, ...closes]);
    if (failed ?? left) throw failed ?? left;
  }

  /** Whether pages run scripts. */
  get javaScript() {
    return this.#javaScript;
  }

  /** A page of another browser: other cookies, the same JavaScript. */
  async newPage(options = {}) {
    return this.newTab(await this.newContext(options));
  }

  /** A page of a browser that is there already: a tab beside its others. */
  async newTab(context) {
    const page = await context.newPage();
    this.#watched.push({ page, complaints: watch(page, () => this.server.url) });
    return page;
  }

  /** Another browser, whose pages nobody watches. */
  async newContext(options = {}) {
    const context = await this.#chromium.newContext({
      viewport: { width: 1280, height: 800 },
      javaScriptEnabled: this.#javaScript,
      ...options,
    });
    context.setDefaultTimeout(15_000);
    lag(context);
    this.#contexts.push(context);
    return context;
  }

  /** Does something when the test is over; what was asked for last comes first. */
  afterwards(act) {
    this.#duties.push(act);
  }

  /** A new folder, for the length of the test. */
  async newFolder() {
    const folder = await mkdtemp(join(tmpdir(), "frontgate-browser-"));
    this.afterwards(() => rm(folder, { recursive: true, force: true }));
    return folder;
  }

  /** Starts a program for the length of the test, waits until it has written what matches, and answers the match. */
  starts(words, options, pattern) {
    const program = new Program(words, options);
    this.afterwards(() => program.stop());
    return program.printed(pattern);
  }

  /** Waits until the server refuses the access cookie of a browser: another process has revoked it. */
  async untilRefused(context) {
    await this.server.untilRefused(await context.cookies());
  }

  /** What went wrong in any page so far, asked for by nobody. */
  complaints() {
    return this.#watched.flatMap(({ complaints }) => complaints);
  }

  /** Goes to a path of the server. */
  go(path, page = this.page) {
    return page.goto(this.server.url + path);
  }

  /** The path and query at which a page is. */
  at(page = this.page) {
    return page.url().slice(this.server.url.length);
  }

  /** Makes the first administrator, who is signed in then and looks at the overview. */
  async operator(page = this.page) {
    await page.context().addCookies([await firstAdministrator(this.server)]);
    await this.go("/admin/", page);
  }

  /** Fills in the form of the log-in page, at which the page must be. */
  async signIn(email = OPERATOR, password = PASSWORD, page = this.page) {
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  /** Somebody who uses the API; `more` has their `ip` and `userAgent`. */
  person(email, more) {
    return new Person(this.server, email, more);
  }

  async #keepEvidence(title, error) {
    const folder = join(TARGET, "browser", title.replaceAll(/[^a-z0-9]+/gi, "-"));
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "server.log"), this.server.log);
    for (const [number, { page }] of this.#watched.entries()) {
      await page.screenshot({ path: join(folder, `page-${number}.png`), fullPage: true }).catch(() => {});
    }
    error.message += `\nThe pages as they were, and the server's log, are in ${folder}`;
  }
}
