// What is in front of the server: it has the app's page, an API of the app's own, and passes the rest on.
// It counts what comes by, and loses answers on request.

import { once as next } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { extname, join } from "node:path";

/** A page that has the client and does nothing else: `session` is there for tests. */
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>An app</title><link rel="icon" href="data:,">
<h1 id="view">…</h1>
<script type="module">
  import { createSession, FrontgateError } from "/static/frontgate.js";
  const options = JSON.parse(decodeURIComponent(location.hash.slice(1)) || "{}");
  try {
    globalThis.session = createSession(options);
    session.user.subscribe((user) => {
      document.querySelector("#view").textContent = user ? user.email : user === null ? "Log in" : "…";
    });
  } catch (error) {
    globalThis.refused = { code: error.code, message: error.message, isOurs: error instanceof FrontgateError };
  }
</script>`;

/** What is in the files that Vite makes. */
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** An HTTP server between the browser and Frontgate. */
export class Front {
  /** Every request to the server, as `"POST /api/v1/users/refresh/ 200"`; `lost` where its answer was not passed on. */
  passed = [];
  /** What the app's own API was asked, with status and body. */
  orders = [];
  /** Answers instead of everybody else, where it is set and answers true: `(request, answer) => …`. */
  instead = null;
  /** For what the second half of an order's answer waits, where the request says `X-Slowly`. */
  slowly = Promise.resolve();

  #moves = Promise.resolve();
  #world;
  #server;
  #lose = [];
  #held = [];
  #places = [];

  /** Puts one in front of the world's server. */
  static async of(world) {
    const front = new Front();
    front.#world = world;
    front.#server = createServer((request, answer) => front.#answer(request, answer));
    await front.listen();
    world.afterwards(() => front.close());
    return front;
  }

  /** Where browsers reach it; `host` may be any name that ends in `.test`. */
  url(host = "127.0.0.1") {
    return `http://${host}:${this.port}`;
  }

  async listen(port = 0) {
    this.#server.listen(port, "127.0.0.1");
    await next(this.#server, "listening");
    this.port = this.#server.address().port;
  }

  /** Goes away: connections are refused. `listen(port)` brings it back. */
  async close() {
    if (!this.#server.listening) return;
    const closed = next(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Loses the answer to the next request whose path ends so, after the server has made it; or the second half of it. */
  loseNext(path, { isHalf = false } = {}) {
    this.#lose.push({ path, isHalf });
  }

  /** Holds the next request whose path ends so: `hasCome` says that it is there, `letGo` lets it pass. */
  hold(path, isAnswer = false) {
    const held = { path, isAnswer };
    held.hasCome = new Promise((come) => (held.come = come));
    held.isFree = new Promise((free) => (held.letGo = free));
    this.#held.push(held);
    return held;
  }

  /** The same with the answer to it. */
  holdAnswer(path) {
    return this.hold(path, true);
  }

  /** Lets every request wait from now on, until the function that it answers is called: a slow network. */
  standStill() {
    let goOn;
    this.#moves = new Promise((moves) => (goOn = moves));
    return goOn;
  }

  /** Lets `act(request, answer)` answer whatever is asked under `path`, which ends with a slash. */
  at(path, act) {
    this.#places.push({ path, act });
  }

  /** Serves the files of a folder under `path`, which ends with a slash; `index.html` is for the folder itself. */
  serve(path, folder) {
    this.at(path, async (request, answer) => {
      const asked = new URL(request.url, "http://front").pathname.slice(path.length);
      const file = join(folder, `${asked}${asked === "" || asked.endsWith("/") ? "index.html" : ""}`);
      const content = await readFile(file).catch(() => null);
      answer.writeHead(content ? 200 : 404, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
      answer.end(content);
    });
  }

  async #answer(request, answer) {
    const path = new URL(request.url, "http://front").pathname;
    const body = Buffer.concat(await request.toArray());
    await this.#moves;
    if (this.instead?.(request, answer)) return;
    await this.#wait(path, false);
    if (path === "/app/") return void answer.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
    if (path === "/api/orders") return this.#order(request, answer, body);
    const place = this.#places.find((place) => path.startsWith(place.path));
    if (place) return place.act(request, answer);
    const { hostname, port } = new URL(this.#world.server.url);
    const passed = ask({ hostname, port, path: request.url, method: request.method, headers: request.headers }, async (answered) => {
      await this.#wait(path, true);
      const lost = this.#lose.find((one) => one.path === path.slice(path.lastIndexOf("/", path.length - 2) + 1));
      this.passed.push(`${request.method} ${path} ${lost ? "lost" : answered.statusCode}`);
      if (!lost) {
        answer.writeHead(answered.statusCode, answered.rawHeaders);
        answered.pipe(answer);
        return;
      }
      this.#lose.splice(this.#lose.indexOf(lost), 1);
      const content = Buffer.concat(await answered.toArray());
      if (!lost.isHalf) return void request.socket.destroy();
      answer.writeHead(answered.statusCode, answered.rawHeaders);
      answer.write(content.subarray(0, content.length / 2), () => request.socket.destroy());
    });
    passed.on("error", () => request.socket.destroy());
    passed.end(body);
  }

  async #wait(path, isAnswer) {
    const held = this.#held.findIndex((one) => path.endsWith(one.path) && one.isAnswer === isAnswer);
    if (held < 0) return;
    const [{ come, isFree }] = this.#held.splice(held, 1);
    come();
    await isFree;
  }

  /** The app's own API asks Frontgate who it is, as a backend does, and sends back what it was sent. */
  async #order(request, answer, body) {
    const who = await fetch(this.#world.server.api(""), { headers: { Cookie: request.headers.cookie ?? "" } });
    this.orders.push(`${request.method} ${who.status} ${body}`);
    answer.writeHead(who.status, { "Content-Type": "text/plain" });
    answer.write(who.ok ? body : "refused");
    if (who.ok && request.headers["x-slowly"]) await this.slowly;
    answer.end(who.ok ? " and the rest" : "");
  }
}
