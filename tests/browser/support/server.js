// A real `frontgate serve`, on a free port and a database of its own.

import { execFile, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { newDatabase } from "./database.js";
import "./signals.js";

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** Where what is built goes. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");

const BINARY = join(TARGET, "debug/frontgate");
const USERS = "/api/v1/users";

// However this process ends, no server outlives it.
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** A server that can be stopped, and started again on the same database. */
export class Server {
  /** Where it listens: `http://127.0.0.1:PORT`. It changes with each start. */
  url = "";
  /** What it has written since the last start. */
  log = "";

  #backend;
  #folder;
  #database;
  #env;
  #child;
  #ended;

  /** Starts one on a new, empty database. */
  static async start(backend) {
    const server = new Server();
    server.#backend = backend;
    server.#folder = await mkdtemp(join(tmpdir(), "frontgate-browser-"));
    try {
      server.#database = newDatabase(backend, server.#folder);
      await server.#spawn();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  /** The address of one of the user endpoints. */
  api(path) {
    return `${this.url}${USERS}/${path}`;
  }

  /** What signs its tokens: given with PostgreSQL, made with SQLite. */
  get secretKey() {
    return this.#env.SECRET_KEY ?? readFileSync(join(this.#folder, "frontgate.secret"), "utf8").trim();
  }

  /** The link that makes the first administrator, as the server printed it. */
  async setupLink() {
    return (await this.printed(/http:\S+\/admin\/setup\/\?token=\S+/))[0];
  }

  /** Waits until the log since the last start has this, and answers the match. */
  printed(pattern) {
    return new Promise((found, failed) => {
      const look = () => {
        const match = pattern.exec(this.log);
        if (match) found(match);
        return match;
      };
      if (look()) return;
      this.#child.stderr.on("data", look);
      this.#ended.then(() => look() || failed(new Error(`The server ended without ${pattern}:\n${this.log}`)));
    });
  }

  /**
   * Stops and starts again. `settings` are named as in `frontgate.toml`. `ago`, such as `"3d"`, lets the
   * server believe that it is that long ago, so that a history can be made in a moment. Only where time is
   * the machine's: on PostgreSQL it is the database's, and `ago` does nothing.
   */
  async restart(settings, ago) {
    this.#child.kill("SIGTERM");
    await this.#ended;
    await this.#spawn(settings, ago);
  }

  /** Runs a command of `frontgate` beside it, with the same settings, and answers what it wrote. */
  async command(words, input = "") {
    const running = promisify(execFile)(BINARY, words, { cwd: this.#folder, env: this.#env });
    // A command that reads nothing may have closed it.
    running.child.stdin.on("error", () => {});
    running.child.stdin.end(input);
    return (await running).stdout;
  }

  /** Waits until it refuses the access cookie among these: another process has revoked it. */
  async untilRefused(cookies) {
    const Cookie = cookies.filter(({ name }) => name === "access").map(({ name, value }) => `${name}=${value}`).join();
    while ((await fetch(this.api(""), { headers: { Cookie } })).status !== 401);
  }

  /** Kills it and removes what it kept. */
  async remove() {
    this.#child?.kill("SIGKILL");
    await this.#ended;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn(settings = {}, ago = undefined) {
    this.log = "";
    const env = {
      PATH: process.env.PATH,
      DATABASE_URL: this.#database,
      FRONTGATE_BIND: "127.0.0.1:0",
      FRONTGATE_BCRYPT_COST: "4",
      FRONTGATE_WORKERS: "2",
      // No test here is about a server that hears late of revocations, as one may on a busy machine.
      FRONTGATE_REVOCATION_MAX_STALENESS: "1m",
      // A person comes from wherever their X-Forwarded-For says.
      FRONTGATE_TRUSTED_PROXIES: "127.0.0.1",
    };
    if (this.#backend === "PostgreSQL") env.SECRET_KEY = "a secret key for browser tests, 32 bytes or more";
    for (const [name, value] of Object.entries(settings)) env[`FRONTGATE_${name.toUpperCase()}`] = value;
    if (ago) Object.assign(env, { LD_PRELOAD: libfaketime(), FAKETIME: `-${ago}`, FAKETIME_DONT_FAKE_MONOTONIC: "1" });

    this.#env = env;
    const child = spawn(BINARY, { cwd: this.#folder, env, stdio: ["ignore", "ignore", "pipe"] });
    running.add(child);
    this.#child = child;
    this.#ended = new Promise((end) => {
      child.on("error", (error) => end((this.log += `${BINARY}: ${error.message}\n`)));
      child.on("close", end);
    }).then(() => running.delete(child));
    child.stderr.setEncoding("utf8").on("data", (text) => (this.log += text));
    this.url = (await this.printed(/serves (http:\/\/127\.0\.0\.1:\d+)\//))[1];
  }
}

/** Debian's, which scripts/install-tools installs. */
function libfaketime() {
  return execFileSync("sh", ["-c", "ls /usr/lib/*/faketime/libfaketime.so.1"], { encoding: "utf8" }).trim();
}
