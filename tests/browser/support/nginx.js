// A real nginx with a server block of the guide, in a folder of its own.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/** From where it asks, so that its address and the browser's are two. */
export const NGINX = "127.0.0.9";

/** Starts it for the length of a test, with `server` as its server block. */
export async function startNginx(world, server) {
  const folder = await world.newFolder();
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`);
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
    events {}
    http {
      include /etc/nginx/mime.types; access_log off; ${places.join(" ")}
      proxy_bind ${NGINX};
      ${server}
    }`,
  );
  const env = { PATH: `${process.env.PATH}:/usr/sbin` };
  const words = ["nginx", "-p", folder, "-e", "stderr", "-c", join(folder, "nginx.conf")];
  // It says so when it listens already.
  await world.starts(words, { env }, /using the "\w+" event method/);
}
