// The programs that tests start: Frontgate itself, nginx, Vite's server, whatever the documentation says.

import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

import "./signals.js";

/**
 * Runs a program to its end, and answers `{ stdout, stderr }`; they are in the error where it fails. It ends by itself:
 * it is not killed when this process is.
 */
export const run = promisify(execFile);

// However this process ends, no `Program` outlives it.
const running = new Set();
process.on("exit", () => running.forEach((program) => program.kill("SIGKILL")));

/** A program that goes on running. */
export class Program {
  /** What it has written so far. */
  log = "";

  #name;
  #child;
  #ended;

  /** Starts it, by its name and its words. */
  constructor([name, ...words], { cwd, env } = {}) {
    this.#name = name;
    // Whatever it starts itself is in its group.
    this.#child = spawn(name, words, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    if (this.#child.pid) running.add(this);
    for (const stream of this.#streams) stream.setEncoding("utf8").on("data", (text) => (this.log += text));
    this.#child.on("error", ({ message }) => (this.log += `${message}\n`));
    this.#ended = new Promise((end) => this.#child.on("close", end)).then(() => running.delete(this));
  }

  /** Waits until it has written something that matches, and answers the match. */
  printed(pattern) {
    return new Promise((found, failed) => {
      const look = () => {
        const match = pattern.exec(this.log);
        if (match) found(match);
        return match;
      };
      if (look()) return;
      for (const stream of this.#streams) stream.on("data", look);
      this.#ended.then(() => look() || failed(new Error(`${this.#name} ended without ${pattern}:\n${this.log}`)));
    });
  }

  /** Ends it, with whatever it has started itself, and waits until all of them are gone. */
  async stop(signal = "SIGKILL") {
    this.kill(signal);
    await this.#ended;
  }

  /** Sends a signal to it, and to whatever it has started itself. */
  kill(signal) {
    if (!running.has(this)) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch (error) {
      // It may have ended a moment ago.
      if (error.code !== "ESRCH") throw error;
    }
  }

  get #streams() {
    return [this.#child.stdout, this.#child.stderr];
  }
}
