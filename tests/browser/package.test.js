// The client as an npm package.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { once } from "./support/everywhere.js";
import { builtExamples, packed, runOffline } from "./support/package.js";
import { ROOT } from "./support/server.js";

once("the packed client has its source, its types, its README and its licences, and nothing else", async () => {
  const { files, unpacked } = await packed();
  assert.deepEqual(files, [
    "package/LICENSE-APACHE",
    "package/LICENSE-MIT",
    "package/README.md",
    "package/package.json",
    "package/src/frontgate.d.ts",
    "package/src/frontgate.js",
    "package/src/frontgate/errors.js",
    "package/src/frontgate/signal.js",
    "package/src/frontgate/tabs.js",
    "package/src/frontgate/tries.js",
  ]);
  const manifest = JSON.parse(await readFile(join(unpacked, "package.json")));
  assert.deepEqual([manifest.dependencies, manifest.scripts], [undefined, undefined]);
  for (const file of files) {
    const source = join(ROOT, "clients/js", file.slice("package/".length));
    assert.equal(await readFile(join(unpacked, file.slice("package/".length)), "utf8"), await readFile(source, "utf8"));
  }
});

once("Vite builds every example from the packed client, and nothing in them is loaded from elsewhere", async () => {
  const folder = await builtExamples();
  const pages = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith("index.html")).sort();
  assert.deepEqual(pages, [
    "axios-auth-refresh/index.html",
    "axios/index.html",
    "fetch/index.html",
    "index.html",
    "react/index.html",
    "svelte/index.html",
    "vue/index.html",
  ]);
  for (const page of pages) {
    const html = await readFile(join(folder, page), "utf8");
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    assert.deepEqual(addresses.filter((address) => !/^(\.\.?\/|data:)/.test(address)), [], page);
  }
});

once("the client, as Vite makes it and gzipped, is not over 6,144 bytes", async () => {
  const { unpacked } = await packed();
  const bundle = join(unpacked, "../bundle.js");
  await runOffline("node", [join(ROOT, "tests/browser/support/bundle.js"), join(unpacked, "src/frontgate.js"), bundle], unpacked);
  const size = gzipSync(await readFile(bundle)).length;
  console.log(`The client has ${size} bytes, minified by Vite and gzipped.`);
  assert.ok(size <= 6144, `it has ${size} bytes`);
});

once("what builds the client and the examples has no network", async () => {
  const asks = runOffline("node", ["-e", "fetch('http://127.0.0.1:8000/').catch(({ cause }) => { throw cause; })"]);
  await assert.rejects(asks, /It asks the network for something/);
});
