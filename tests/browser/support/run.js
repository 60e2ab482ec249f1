// Programs of the guide, run as it says.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { Program } from "./program.js";

/** A folder that goes away with the test and has this file, as `name`. */
export async function folderWith(world, name, text) {
  const folder = await mkdtemp(join(tmpdir(), "frontgate-run-"));
  world.afterwards(() => rm(folder, { recursive: true, force: true }));
  // Node takes what it finds there for modules.
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, name), text);
  return folder;
}

/** Starts a server in node, until the test is over. Answers where it listens: it must say `port NUMBER`. */
export async function startNode(world, text, more) {
  const cwd = await folderWith(world, "server.js", text);
  const env = { PATH: process.env.PATH, PORT: "0", ...more };
  const server = await Program.start("exec node server.js", { cwd, env }, /port \d+/);
  world.afterwards(() => server.stop());
  return `http://127.0.0.1:${server.said.slice("port ".length)}`;
}

/** Runs lines of a shell, and answers what they wrote. */
export async function shell(world, text) {
  const cwd = await folderWith(world, "lines.sh", text);
  return (await promisify(execFile)("sh", ["-eu", "lines.sh"], { cwd })).stdout;
}
