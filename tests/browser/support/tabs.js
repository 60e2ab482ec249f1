// Tabs of one browser in which an app runs that uses the client.

import { Front } from "./front.js";
import { PASSWORD } from "./person.js";

// What Ada does in a tab: for `tab.evaluate`, and for `failure`.
export const ready = () => session.ready;
export const signUp = (password) => session.signUp("ada@example.com", password);
export const logIn = (password) => session.logIn("ada@example.com", password);

/** The status with which the app's own API, or `path`, answers the session of a tab. */
export const status = (tab, path = "/api/orders") =>
  tab.evaluate((asked) => session.fetch(asked).then((answer) => answer.status), path);

/** Waits until something in a tab waits for a Web Lock. */
export async function untilInLine(tab) {
  const waiting = () => tab.evaluate(async () => (await navigator.locks.query()).pending.length);
  while ((await waiting()) === 0);
}

/** An app in one browser, in as many tabs as one likes. */
export class App {
  /** The [`Front`] through which it reaches the server. */
  front;
  /** The browser: its cookies and its clock. */
  context;
  /** The tabs, in the order in which they were opened. */
  tabs = [];

  #origin;

  /** An app at `host`, or at an `origin` in front, with `tabs` tabs, which have found out that nobody is logged in. */
  static async open(world, { tabs = 1, host, origin, context, front } = {}) {
    const app = new App();
    app.front = front ?? (await Front.of(world));
    app.#origin = origin ?? app.front.url(host);
    app.context = context ?? (await world.newContext());
    for (let number = 0; number < tabs; number += 1) await app.openTab();
    return app;
  }

  /** The address of something beside the app. */
  url(path) {
    return this.#origin + path;
  }

  /** Another tab; `options` are those of `createSession`. It waits until the tab knows who is logged in. */
  async openTab(options, { isReady = true } = {}) {
    const tab = await this.context.newPage();
    await tab.goto(this.url(`/app/${options ? `#${encodeURIComponent(JSON.stringify(options))}` : ""}`));
    await tab.waitForFunction("globalThis.session || globalThis.refused");
    if (isReady) await tab.evaluate(ready);
    this.tabs.push(tab);
    return tab;
  }

  /** From now on time goes by in the tabs only where a test says so: their time-outs wait for it. */
  async stopTheClock() {
    await this.context.clock.install();
    // It cannot stop at a time that has gone by meanwhile; an access token lives for longer than this minute.
    await this.context.clock.pauseAt(Date.now() + 60_000);
  }

  /** Ada signs up in the first tab, and all the others have seen it. */
  async signUp() {
    await this.tabs[0].evaluate(signUp, PASSWORD);
    await this.everyTabShows("ada@example.com");
  }

  /** Ada logs in in the first tab, and all the others have seen it. */
  async logIn(password = PASSWORD) {
    await this.tabs[0].evaluate(logIn, password);
    await this.everyTabShows("ada@example.com");
  }

  /** The statuses with which the app's own API answers every tab at once. */
  statuses() {
    return Promise.all(this.tabs.map((tab) => status(tab)));
  }

  /** Waits until every tab shows this: an address, or `"Log in"`. */
  everyTabShows(view) {
    return Promise.all(this.tabs.map((tab) => tab.locator("#view", { hasText: view }).waitFor()));
  }

  /** The access cookie is gone, as it is when its time is over. */
  async forgetAccess() {
    await this.context.clearCookies({ name: "access" });
  }

  /** What was passed on to the server since the last call, of paths that end so. */
  passed(path) {
    const found = this.front.passed.filter((line) => line.split(" ")[1].endsWith(path));
    this.front.passed.length = 0;
    return found;
  }
}

/** What a call of the session in a tab fails with; null where it does not. */
export function failure(tab, act, argument) {
  return tab.evaluate(
    ([text, given]) =>
      (0, eval)(`(${text})`)(given).then(
        () => null,
        ({ name, code, message, fields, status }) => ({ name, code, message, fields, status }),
      ),
    [act.toString(), argument],
  );
}
