// A database of its own for each server.

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";

/** The two that everything runs on. */
export const BACKENDS = ["SQLite", "PostgreSQL"];

/** The address of a new, empty database; one of SQLite is a file in `folder`. */
export function newDatabase(backend, folder) {
  if (backend === "SQLite") return `sqlite://${join(folder, "frontgate.sqlite3")}`;
  const server = process.env.FRONTGATE_TEST_POSTGRES;
  if (!server) {
    throw new Error("FRONTGATE_TEST_POSTGRES is not set: run scripts/test --browser, which starts a private PostgreSQL.");
  }
  const name = `browser_${randomBytes(8).toString("hex")}`;
  execFileSync("psql", ["-X", "-q", "-d", server, "-c", `CREATE DATABASE ${name}`]);
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}
