// A real nginx with a server block of the guide, on a free port and in a folder of its own.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** From where it asks, so that its address and the browser's are two. */
export const NGINX = "127.0.0.9";

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** Starts it for the length of a test, with `server` as its server block, which listens on `port`. */
export async function startNginx(world, server, port) {
  const folder = await mkdtemp(join(tmpdir(), "frontgate-nginx-"));
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
    events {}
    http {
      include /etc/nginx/mime.types; access_log off; ${places.join(" ")}
      proxy_bind ${NGINX};
      ${server}
    }`,
  );
  const nginx = spawn("nginx", ["-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")], {
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.add(nginx);
  let said = "";
  let isOver = false;
  nginx.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((end) => {
    nginx.on("error", (error) => end((said += error.message)));
    nginx.on("close", end);
  }).then(() => {
    isOver = true;
    running.delete(nginx);
  });
  world.afterwards(async () => {
    nginx.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  while (!isOver && !(await answers(port)));
  if (isOver) throw new Error(`nginx did not start:\n${said}`);
}

function answers(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => done(true)).on("error", () => done(false));
    socket.on("connect", () => socket.destroy());
  });
}
