// For programs that must be told where to listen.

import { once as next } from "node:events";
import { createServer } from "node:net";

/** A port that nobody listened on a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await next(server, "listening");
  const { port } = server.address();
  server.close();
  await next(server, "close");
  return port;
}
