// An app that the Vite of the examples serves or builds, with `frontgate` among its packages as npm would put it there.

import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { freePort } from "./free_port.js";
import { EXAMPLES } from "./package.js";
import { MAIN, PAGE } from "./place.js";
import { run } from "./program.js";
import { ROOT } from "./server.js";

const VITE = join("node_modules", "vite/bin/vite.js");

/** The folder of an app: `session` is its module, `config` its vite.config.js. It is removed with the test. */
export async function newApp(world, { session, config = "export default {};" }) {
  const folder = await world.newFolder();
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
  const words = ["node", VITE, "--host", "127.0.0.1", "--port", `${await freePort()}`];
  const [, port] = await world.starts(words, { cwd: folder, env }, /http:\/\/127\.0\.0\.1:(\d+)\//);
  return { url: (host = "localhost") => `http://${host}:${port}` };
}

/** `npx vite build`: the folder with what it has made. */
export async function built(folder) {
  // Not in this process, which would be in production from then on.
  await run("node", [VITE, "build"], { cwd: folder });
  return join(folder, "dist");
}
