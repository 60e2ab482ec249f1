// Hosts with https: whatever ends TLS in front of an app, its backend and Frontgate.

import { execFileSync } from "node:child_process";
import { once as next } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as ask } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** From where browsers come, as such a host says. */
export const BROWSER = "198.51.100.7";

const folder = mkdtempSync(join(tmpdir(), "frontgate-tls-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The files of a certificate for every host here. Only browsers that overlook certificates believe it. */
export const CERTIFICATE = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };

const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=example.test";
execFileSync("openssl", [...words.split(" "), "-out", CERTIFICATE.cert, "-keyout", CERTIFICATE.key], { stdio: "ignore" });

/** An https server. */
export class Host {
  /** What browsers asked the server behind it: `{ line: "POST /api/v1/users/login/", site, origin, cookies }`. */
  seen = [];

  #name;
  #routes;
  #server;

  /**
   * One for `name`. What it answers is in `routes`, by how paths begin; of several the longest. A text
   * is the answer, its type by the path's; a function answers the address of a server that is asked
   * instead, or takes the request and its answer when it has two parameters.
   */
  static async of(world, name, routes) {
    const host = new Host();
    host.#name = name;
    host.#routes = Object.entries(routes).sort(([one], [other]) => other.length - one.length);
    const tls = { cert: readFileSync(CERTIFICATE.cert), key: readFileSync(CERTIFICATE.key) };
    host.#server = createServer(tls, (request, answer) => host.#answer(request, answer));
    host.#server.listen(0, "127.0.0.1");
    await next(host.#server, "listening");
    world.afterwards(() => {
      host.#server.close();
      host.#server.closeAllConnections();
    });
    return host;
  }

  /** Its origin. */
  url() {
    return `https://${this.authority}`;
  }

  /** Its name and port. */
  get authority() {
    return `${this.#name}:${this.port}`;
  }

  get port() {
    return this.#server.address().port;
  }

  #answer(request, answer) {
    const path = request.url.split("?")[0];
    const [, route] = this.#routes.find(([start]) => path.startsWith(start)) ?? [];
    if (typeof route === "string") {
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      return void answer.writeHead(200, { "Content-Type": `${type}; charset=utf-8` }).end(route);
    }
    if (!route) return void answer.writeHead(404).end();
    if (route.length === 2) return route(request, answer);
    this.#pass(request, answer, new URL(route()));
  }

  #pass(request, answer, { hostname, port }) {
    const { headers, method, url: path } = request;
    const cookies = (headers.cookie ?? "").split("; ").map((pair) => pair.split("=")[0]).sort().join(" ");
    this.seen.push({ line: `${method} ${path}`, site: headers["sec-fetch-site"], origin: headers.origin, cookies });
    const before = headers["x-forwarded-for"];
    const forwarded = { "x-forwarded-for": before ? `${before}, ${BROWSER}` : BROWSER, "x-forwarded-proto": "https" };
    const passed = ask({ hostname, port, path, method, headers: { ...headers, ...forwarded } }, (answered) => {
      answer.writeHead(answered.statusCode, answered.rawHeaders);
      answered.pipe(answer);
    });
    passed.on("error", () => request.socket.destroy());
    request.pipe(passed);
  }
}
