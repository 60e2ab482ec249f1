// A real `frontgate serve`, on a free port and a database of its own.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { newDatabase } from "./database.js";
import { Program, run } from "./program.js";

/** The repository. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** Where what is built goes. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target");

const BINARY = join(TARGET, "debug/frontgate");
const USERS = "/api/v1/users";

/** A server that can be stopped, and started again on the same database. */
export class Server {
  /** Where it listens: `http://127.0.0.1:PORT`. It changes with each start. */
  url = "";

  #backend;
  #folder;
  #database;
  #env;
  #program;

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

  /** What it has written since the last start. */
  get log() {
    return this.#program.log;
  }

  /** What signs its tokens: given with PostgreSQL, made with SQLite. */
  get secretKey() {
    return this.#env.SECRET_KEY ?? readFileSync(join(this.#folder, "frontgate.secret"), "utf8").trim();
  }

  /** A link that makes the first administrator, as the command prints it: that does not know our port. */
  async setupLink() {
    const { pathname, search } = new URL((await this.command(["setup-link"])).trim());
    return this.url + pathname + search;
  }

  /**
   * Stops and starts again. `settings` are named as in `frontgate.toml`. `ago`, such as `"3d"`, lets the
   * server believe that it is that long ago, so that a history can be made in a moment. Only where time is
   * the machine's: on PostgreSQL it is the database's, and `ago` does nothing.
   */
  async restart(settings, ago) {
    await this.#program.stop("SIGTERM");
    await this.#spawn(settings, ago);
  }

  /** Runs a command of `frontgate` beside it, with the same settings, and answers what it wrote. */
  async command(words, input = "") {
    const running = run(BINARY, words, { cwd: this.#folder, env: this.#env });
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
    await this.#program?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #spawn(settings = {}, ago = undefined) {
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
    this.#program = new Program([BINARY], { cwd: this.#folder, env });
    // The greeting names `public_origin`; where it listens stands beside that.
    this.url = `http://${(await this.#program.printed(/"address":"(127\.0\.0\.1:\d+)"/))[1]}`;
  }
}

/** Debian's, which scripts/install-tools installs. */
function libfaketime() {
  return execFileSync("sh", ["-c", "ls /usr/lib/*/faketime/libfaketime.so.1"], { encoding: "utf8" }).trim();
}
