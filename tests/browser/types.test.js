// The types of the client, and of the demo, which uses it.

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";

import { once } from "./support/everywhere.js";
import { EXAMPLES, examples } from "./support/package.js";
import { run } from "./support/program.js";
import { ROOT } from "./support/server.js";

/** What `tsc` complains of: nothing, where all is well. */
async function complaintsOf(...words) {
  const compiler = run(join(EXAMPLES, "node_modules/.bin/tsc"), ["--pretty", "false", ...words]);
  return compiler.then(() => "", ({ stdout, stderr }) => stdout + stderr);
}

once("the client is what its types say", async () => {
  assert.equal(await complaintsOf("--project", join(ROOT, "clients/js")), "");
});

once("the demo is what its types say", async () => {
  assert.equal(await complaintsOf("--project", join(ROOT, "tests/browser/types/demo.json")), "");
});

once("the types of the packed client let apps do what is right, and refuse what is wrong", async () => {
  const folder = join(await examples(), "types");
  await cp(join(ROOT, "tests/browser/types"), folder, { recursive: true });
  assert.equal(await complaintsOf("--project", folder), "");
  // As Node.js looks for it.
  assert.equal(await complaintsOf("--project", folder, "--module", "nodenext", "--moduleResolution", "nodenext"), "");
});
