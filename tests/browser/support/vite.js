// An app that the Vite of the examples serves or builds, with `frontgate` among its packages as npm would put it there.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort } from "./free_port.js";
import { EXAMPLES } from "./package.js";
import { MAIN, PAGE } from "./place.js";
import { Program } from "./program.js";
import { ROOT } from "./server.js";

const VITE = join("node_modules", "vite/bin/vite.js");

/** The folder of an app: `session` is its module, `config` its vite.config.js. It is removed with the test. */
export async function newApp(world, { session, config = "export default {};" }) {
  const folder = await mkdtemp(join(tmpdir(), "frontgate-app-"));
  world.afterwards(() => rm(folder, { recursive: true, force: true }));
  const packages = join(folder, "node_modules");
  await mkdir(packages);
  await symlink(join(EXAMPLES, "node_modules/vite"), join(packages, "vite"));
  await cp(join(ROOT, "clients/js"), join(packages, "frontgate"), { recursive: true });
  const files = { "index.html": PAGE, "main.js": MAIN, "session.js": session, "vite.config.js": config };
  files["package.json"] = JSON.stringify({ name: "app", private: true, type: "module" });
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

/** `npx vite`: a host for tabs, which is `localhost` and every name that ends in `.test`. */
export async function serve(world, folder) {
  const env = { ...process.env, NO_COLOR: "1", __VITE_ADDITIONAL_SERVER_ALLOWED_HOSTS: ".test" };
  const options = { cwd: folder, env };
  const vite = await Program.start(`exec node ${VITE} --host 127.0.0.1 --port ${await freePort()}`, options, /http:\/\/127\.0\.0\.1:\d+\//);
  world.afterwards(() => vite.stop());
  const { port } = new URL(vite.said);
  return { url: (host = "localhost") => `http://${host}:${port}` };
}

/** `npx vite build`: the folder with what it has made. */
export async function built(folder) {
  // Not in this process, which would be in production from then on.
  await promisify(execFile)("node", [VITE, "build"], { cwd: folder });
  return join(folder, "dist");
}
