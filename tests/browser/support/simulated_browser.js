// A browser as a model, in which the real client runs: tabs with the globals that it uses, cookies, locks, a database,
// and a network that takes its time and loses answers.

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";

import { EXAMPLES } from "./package.js";
import { ROOT } from "./server.js";

const ORIGIN = "https://app.example.com";
const BASE = `${ORIGIN}/api/v1/users/`;
/** Browsers let requests go on for so many milliseconds when their page is gone. */
const OUTLIVES = 30_000;

let bundling;
/** The client in one script. */
const bundled = () => (bundling ??= bundle());

async function bundle() {
  const { rolldown } = await import(pathToFileURL(join(EXAMPLES, "node_modules/rolldown/dist/index.mjs")));
  const build = await rolldown({ input: join(ROOT, "clients/js/src/frontgate.js") });
  const { output } = await build.generate({ format: "iife", name: "frontgate" });
  return new vm.Script(`${output[0].code}; globalThis.frontgate = frontgate;`);
}

/** One browser with its tabs. */
export class SimulatedBrowser {
  cookies = {};
  tabs = [];
  /** When each refresh was sent. */
  sent = [];

  #time;
  #server;
  #network;
  #script;
  #random;
  #records = new Map();
  #locks = [];
  #channels = new Set();

  /**
   * A browser that reaches `server` by a `network`: a function of the request (`{ method, path, number }`, the number
   * of those with this path before) that answers `{ up, down, isLost, isHung }`: milliseconds, and what happens to the
   * answer.
   */
  static async of(time, server, network, random = Math.random) {
    const browser = new SimulatedBrowser();
    browser.#time = time;
    browser.#server = server;
    browser.#network = network;
    browser.#random = random;
    browser.#script = await bundled();
    return browser;
  }

  /** Opens a tab: its `session`. */
  open({ hasLocks = true } = {}) {
    const tab = { isGone: false, locks: new Set(), listeners: new Map() };
    const time = this.#time;
    const timers = new Set();
    const after = (act, ms) => {
      const number = time.after(ms, () => (timers.delete(number), tab.isGone || act()));
      timers.add(number);
      return number;
    };
    const every = (act, ms) => {
      const again = () => ((one.number = after(again, ms)), act());
      const one = { number: after(again, ms) };
      return one;
    };
    const document = {
      hidden: false,
      baseURI: `${ORIGIN}/`,
      addEventListener: (name, act) => tab.listeners.set(name, act),
    };
    const globals = {
      document,
      location: { href: `${ORIGIN}/`, origin: ORIGIN, protocol: "https:", hostname: "app.example.com" },
      navigator: { onLine: true, locks: hasLocks ? this.#lockManager(tab) : undefined },
      addEventListener: (name, act) => tab.listeners.set(name, act),
      setTimeout: after,
      clearTimeout: (number) => time.cancel(number),
      setInterval: every,
      clearInterval: (one) => time.cancel(one.number),
      performance: { now: () => time.now },
      indexedDB: { open: () => this.#openDatabase() },
      BroadcastChannel: this.#channelClass(tab),
      fetch: (input, init) => this.#fetch(tab, input, init),
      console,
      ...{ URL, AbortController, DOMException, Headers, Request, Response, ReadableStream },
    };
    const context = vm.createContext(globals);
    vm.runInContext("(now, random) => { Date.now = now; Math.random = random; }", context)(() => time.now, this.#random);
    this.#script.runInContext(context);
    tab.session = context.frontgate.createSession();
    tab.session.ready.catch(() => {});
    tab.document = document;
    tab.tell = (event) => tab.listeners.get(event)?.({});
    tab.leave = () => {
      tab.isGone = tab.goneAt = time.now;
      for (const number of timers) time.cancel(number);
      for (const release of tab.locks) release();
      this.tabs.splice(this.tabs.indexOf(tab), 1);
    };
    this.tabs.push(tab);
    return tab;
  }

  #lockManager(tab) {
    const next = () => {
      const [first] = this.#locks;
      if (!first || first.hasBegun) return;
      first.hasBegun = true;
      Promise.resolve(first.act()).then(first.done, first.failed).finally(first.release);
    };
    const request = (name, { signal }, act) =>
      new Promise((done, failed) => {
        const one = { act, done, failed, hasBegun: false };
        one.release = () => {
          tab.locks.delete(one.release);
          if (this.#locks.includes(one)) this.#locks.splice(this.#locks.indexOf(one), 1);
          next();
        };
        signal.addEventListener("abort", () => {
          if (one.hasBegun) return;
          failed(signal.reason);
          one.release();
        });
        tab.locks.add(one.release);
        this.#locks.push(one);
        next();
      });
    return { request };
  }

  #openDatabase() {
    const later = (act) => this.#time.after(0, act);
    const records = {
      get: (name) => {
        const read = {};
        // What follows from it is written in the same moment: transactions have one order.
        later(() => {
          read.result = this.#records.get(name);
          read.onsuccess?.();
        });
        return read;
      },
      put: (value, name) => this.#records.set(name, structuredClone(value)),
    };
    const transaction = () => {
      const one = { objectStore: () => records };
      later(() => later(() => one.oncomplete?.()));
      return one;
    };
    const request = { result: { transaction, close() {} } };
    later(() => request.onsuccess?.());
    return request;
  }

  #channelClass(tab) {
    const channels = this.#channels;
    const time = this.#time;
    return class {
      constructor() {
        channels.add(this);
      }
      addEventListener(_, act) {
        this.act = act;
      }
      postMessage(data) {
        const copy = structuredClone(data);
        for (const other of channels) if (other !== this) time.after(0, () => tab.isGone || other.act?.({ data: copy }));
      }
      close() {
        channels.delete(this);
      }
    };
  }

  #fetch(tab, input, init = {}) {
    const url = `${input.url ?? input}`;
    const method = init.method ?? input.method ?? "GET";
    const path = url.startsWith(BASE) ? url.slice(BASE.length) : new URL(url).pathname;
    const signal = init.signal ?? input.signal;
    if (path === "refresh/") this.sent.push(this.#time.now);
    const { up, down, isLost, isHung } = this.#network({ method, path });
    const cookies = { ...this.cookies };
    return new Promise((done, failed) => {
      const isOff = () => signal?.aborted || (tab.isGone && !(init.keepalive && this.#time.now < tab.goneAt + OUTLIVES));
      signal?.addEventListener("abort", () => failed(signal.reason));
      this.#time.after(up, () => {
        const answer = this.#server.answer(method, path, cookies);
        if (isHung) return;
        this.#time.after(down, () => {
          if (isLost) return failed(new TypeError("Failed to fetch"));
          if (isOff()) return;
          for (const [name, value] of Object.entries(answer.cookies ?? {})) {
            if (value === null) delete this.cookies[name];
            else this.cookies[name] = value;
          }
          done(responseOf(url, answer));
        });
      });
    });
  }
}

function responseOf(url, { status, data, headers }) {
  const answer = {
    url,
    status,
    ok: status < 300,
    headers: new Headers({ "Content-Type": "application/json", ...headers }),
    json: async () => data,
    clone: () => answer,
    body: null,
  };
  return answer;
}
