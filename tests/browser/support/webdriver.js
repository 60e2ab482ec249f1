// A browser that is driven by WebDriver (https://www.w3.org/TR/webdriver2/). Its contexts and tabs do what `App` asks
// of Playwright's, under the same names, so that the same app runs in browsers that Playwright does not drive.

import { setTimeout as pause } from "node:timers/promises";

/** How long anything may take, in milliseconds. */
const PATIENCE = 15_000;
/** Between two looks at a tab are so many milliseconds. */
const PAUSE = 10;

/** One browser with cookies of its own. Its tabs do several things at once, though it takes one command at a time. */
export class Context {
  #address;
  #session;
  #tabs = [];
  #last = Promise.resolve();

  /** Starts a browser through the driver that listens at `address`. */
  static async of(address, capabilities) {
    const context = new Context();
    context.#address = address;
    await until(() => context.#send("GET", "/status").then(({ ready }) => ready, () => false), `${address} answers`);
    const session = { capabilities: { alwaysMatch: capabilities } };
    context.#session = `/session/${(await context.#send("POST", "/session", session)).sessionId}`;
    return context;
  }

  /** A new tab; the first one is there already. */
  async newPage() {
    const handle = await this.#inTurn(async () => {
      if (this.#tabs.length === 0) return this.#ask("GET", "/window");
      return (await this.#ask("POST", "/window/new", { type: "tab" })).handle;
    });
    const tab = new Tab((...command) => this.#inTab(handle, ...command));
    this.#tabs.push(tab);
    return tab;
  }

  /** The cookies of the page in the first tab that is open. */
  cookies() {
    return this.#open.ask("GET", "/cookie");
  }

  /** Forgets this cookie of the page in the first tab that is open. */
  async clearCookies({ name }) {
    await this.#open.ask("DELETE", `/cookie/${name}`);
  }

  /** Ends the browser. */
  close() {
    return this.#inTurn(() => this.#ask("DELETE", ""));
  }

  get #open() {
    return this.#tabs.find(({ isClosed }) => !isClosed);
  }

  #inTab(handle, method, path, body) {
    return this.#inTurn(async () => {
      await this.#ask("POST", "/window", { handle });
      return this.#ask(method, path, body);
    });
  }

  #inTurn(act) {
    const done = this.#last.then(act);
    this.#last = done.catch(() => {});
    return done;
  }

  #ask(method, path, body) {
    return this.#send(method, this.#session + path, body);
  }

  async #send(method, path, body) {
    // A POST has a body in any case.
    const words = { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) };
    const answer = await fetch(this.#address + path, { method, ...(method === "POST" && words) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

/** A tab. Only one of a window is shown, so the others are hidden from whoever is asked for their visibility. */
class Tab {
  isClosed = false;
  #scripts = 0;

  constructor(ask) {
    this.ask = ask;
  }

  goto(url) {
    return this.ask("POST", "/url", { url });
  }

  reload() {
    return this.ask("POST", "/refresh");
  }

  goBack() {
    return this.ask("POST", "/back");
  }

  async close() {
    this.isClosed = true;
    await this.ask("DELETE", "/window");
  }

  /** What `act(argument)` answers in the page. Other tabs go on meanwhile. */
  async evaluate(act, argument = null) {
    const number = (this.#scripts += 1);
    await this.#run(start, number, `(${act})`, argument);
    const { value, failed } = await until(() => this.#run(outcome, number), `${act} is done`);
    if (failed) throw new Error(failed);
    return value;
  }

  /** What `act(...words)` answers at once: it has the page's elements, and works where a policy forbids `eval`. */
  look(act, ...words) {
    return this.#run(act, ...words);
  }

  /** Waits until that is true. */
  waitToSee(act, ...words) {
    return until(() => this.look(act, ...words), act);
  }

  /** Waits until an expression is true in the page. */
  async waitForFunction(expression) {
    await until(() => this.#run((text) => !!window.eval(text), expression), expression);
  }

  /** The element that a selector finds, and that has this text in it. */
  locator(selector, { hasText = "" } = {}) {
    const text = () => this.#run((wanted) => document.querySelector(wanted)?.textContent, selector);
    return {
      textContent: text,
      waitFor: () => until(async () => (await text())?.includes(hasText), `${selector} has ${hasText}`),
    };
  }

  #run(script, ...words) {
    return this.ask("POST", "/execute/sync", { script: `return (${script})(...arguments)`, args: words });
  }
}

/**
 * In the page: begins to do something, and keeps what comes of it under a number. A driver may give scripts a global
 * object of their own: `window` is the page's.
 */
function start(number, text, argument) {
  const ran = (window.ran ??= {});
  ran[number] = null;
  const act = async () => window.eval(text)(argument);
  act().then(
    (value) => (ran[number] = { value }),
    (error) => (ran[number] = { failed: String(error) }),
  );
}

/** In the page: what has come of it, if anything. */
function outcome(number) {
  const ran = window.ran ?? {};
  return number in ran ? ran[number] : { failed: "The page has gone." };
}

/** Looks until something is there, and answers it. */
async function until(look, what) {
  for (const end = Date.now() + PATIENCE; ; await pause(PAUSE)) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`${what}: not within ${PATIENCE} ms.`);
  }
}
