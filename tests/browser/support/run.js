// Programs of the guide, run as it says.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

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
export async function startNode(world, text, env) {
  const folder = await folderWith(world, "server.js", text);
  const child = spawn(process.execPath, ["server.js"], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let said = "";
  const ended = new Promise((end) => child.on("close", end)).then(() => running.delete(child));
  world.afterwards(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const port = await new Promise((found, failed) => {
    const hear = (text) => {
      said += text;
      const [, number] = /port (\d+)/.exec(said) ?? [];
      if (number) found(number);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    ended.then(() => failed(new Error(`The server ended:\n${said}`)));
  });
  return `http://127.0.0.1:${port}`;
}

/** Runs lines of a shell, and answers what they wrote. */
export async function shell(world, text) {
  const cwd = await folderWith(world, "lines.sh", text);
  return (await promisify(execFile)("sh", ["-eu", "lines.sh"], { cwd })).stdout;
}
