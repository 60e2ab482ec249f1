// A program that goes on running, such as Vite's server.

import { spawn } from "node:child_process";

import "./signals.js";

// However this process ends, no program outlives it.
const running = new Set();
process.on("exit", () => running.forEach((program) => program.kill()));

/** Something that a shell has started. */
export class Program {
  /** What it said that matched. */
  said;

  #child;
  #ended;

  /** Starts it, and waits until it says something that matches `pattern`. */
  static async start(command, { cwd, env }, pattern) {
    const program = new Program();
    program.#child = spawn("bash", ["-c", command], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    running.add(program);
    program.#ended = new Promise((end) => program.#child.on("close", end)).then(() => running.delete(program));
    let said = "";
    const match = await new Promise((found) => {
      for (const stream of [program.#child.stdout, program.#child.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => {
          said += text;
          const match = pattern.exec(said);
          if (match) found(match);
        });
      }
      program.#ended.then(() => found(null));
    });
    if (!match) throw new Error(`${command} ended without ${pattern}:\n${said}`);
    program.said = match[0];
    return program;
  }

  /** Kills it, with whatever it has started itself, and waits until it is gone. */
  async stop() {
    this.kill();
    await this.#ended;
  }

  /** Kills it, with whatever it has started itself, unless all of them have ended. */
  kill() {
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}
