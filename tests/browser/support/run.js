// Programs of the guide, run as it says.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { run } from "./program.js";

/** A folder that goes away with the test and has this file, as `name`. */
export async function folderWith(world, name, text) {
  const folder = await world.newFolder();
  // Node takes what it finds there for modules.
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, name), text);
  return folder;
}

/** Starts a server in node, until the test is over. Answers where it listens: it must say `port NUMBER`. */
export async function startNode(world, text, more) {
  const cwd = await folderWith(world, "server.js", text);
  const env = { PATH: process.env.PATH, PORT: "0", ...more };
  const [, port] = await world.starts(["node", "server.js"], { cwd, env }, /port (\d+)/);
  return `http://127.0.0.1:${port}`;
}

/** Runs lines of a shell, and answers what they wrote. */
export async function shell(world, text) {
  const cwd = await folderWith(world, "lines.sh", text);
  return (await run("sh", ["-eu", "lines.sh"], { cwd })).stdout;
}
