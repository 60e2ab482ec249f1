// What starts the programs of tests says what became of them, and leaves none behind.

import assert from "node:assert/strict";
import { once as next } from "node:events";
import { createServer } from "node:net";

import { once } from "./support/everywhere.js";
import { Program, run } from "./support/program.js";

once("a program that ends too early is named, with what it wrote", async () => {
  const program = new Program(["sh", "-c", "echo first; echo second >&2"]);
  assert.deepEqual([...(await program.printed(/f(ir)st/))], ["first", "ir"]);
  await assert.rejects(program.printed(/third/), /^Error: sh ended without \/third\/:\n[^]*second/);
  await program.stop();
});

once("a program that is not there is named", async () => {
  const program = new Program(["no-such-program"]);
  await assert.rejects(program.printed(/anything/), /^Error: no-such-program ended without \/anything\/:\n.*ENOENT/);
  await program.stop();
});

once("what a program has started itself is stopped with it", async () => {
  const program = new Program(["sh", "-c", "sleep 1000 & echo started; wait"]);
  await program.printed(/started/);
  // It waits for everybody who could still write.
  await program.stop();
});

once("no program outlives a run that breaks off", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await next(server, "listening");
  const asks = `require("net").connect(${server.address().port}, "127.0.0.1").on("connect", () => console.log("there"))`;
  const breaksOff = `
    import { Program } from "${new URL("support/program.js", import.meta.url)}";
    await new Program(["node", "-e", ${JSON.stringify(asks)}]).printed(/there/);
    throw new Error("broken off");`;
  const connected = next(server, "connection");
  await assert.rejects(run("node", ["--input-type=module", "-e", breaksOff]), /broken off/);
  const [socket] = await connected;
  socket.on("error", () => {});
  if (!socket.closed) await next(socket.resume(), "close");
  server.close();
});
