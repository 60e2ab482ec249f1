// The client as an npm package, and the examples built from it. Each is made once for a whole run, with no network.

import { cp, mkdir, mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterwards } from "./everywhere.js";
import { run } from "./program.js";
import { ROOT } from "./server.js";

/** Where the examples and what builds them are. */
export const EXAMPLES = join(ROOT, "examples");

/** Lets Node's programs have no network, and npm not try. */
export const OFFLINE = {
  ...process.env,
  NODE_OPTIONS: `--import ${new URL("no_network.js", import.meta.url)}`,
  npm_config_offline: "true",
  npm_config_update_notifier: "false",
};

/** Runs a program without network. */
export const runOffline = (program, words, cwd) => run(program, words, { cwd, env: OFFLINE });

/** A folder that goes away with the run. */
async function newFolder(name) {
  const folder = await mkdtemp(join(tmpdir(), `frontgate-${name}-`));
  afterwards(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

let packing;
/** What `npm pack` makes of the client: the `tarball`, the names of its `files`, and the folder where it is `unpacked`. */
export const packed = () => (packing ??= pack());

async function pack() {
  const folder = await newFolder("package");
  const client = join(ROOT, "clients/js");
  const { stdout } = await runOffline("npm", ["pack", "--json", "--pack-destination", folder], client);
  const [{ filename }] = Object.values(JSON.parse(stdout));
  const tarball = join(folder, filename);
  await run("tar", ["-xf", tarball, "-C", folder]);
  const { stdout: files } = await run("tar", ["-tf", tarball]);
  return { tarball, files: files.trim().split("\n").sort(), unpacked: join(folder, "package") };
}

let installing;
/** A folder with the examples, in which they import the packed client. */
export const examples = () => (installing ??= install());

async function install() {
  const folder = await newFolder("examples");
  const isSource = (path) => !["node_modules", "dist"].some((name) => path === join(EXAMPLES, name));
  await cp(EXAMPLES, folder, { recursive: true, filter: isSource });
  await cp((await packed()).unpacked, join(folder, "node_modules/frontgate"), { recursive: true });
  const { devDependencies } = JSON.parse(await readFile(join(EXAMPLES, "package.json")));
  for (const name of [".bin", ...Object.keys(devDependencies)]) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(EXAMPLES, "node_modules", name), link);
  }
  return folder;
}

let building;
/** The folder with the built examples. */
export const builtExamples = () => (building ??= build());

async function build() {
  const folder = await examples();
  await runOffline("node", ["node_modules/vite/bin/vite.js", "build"], folder);
  return join(folder, "dist");
}
