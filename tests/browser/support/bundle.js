// Writes the client as Vite makes it for an app that uses all of it: node bundle.js ENTRY FILE

import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { EXAMPLES } from "./package.js";

const [entry, file] = process.argv.slice(2);
const { build } = await import(pathToFileURL(createRequire(join(EXAMPLES, "package.json")).resolve("vite")));
const { output } = await build({
  configFile: false,
  logLevel: "silent",
  build: { write: false, modulePreload: false, rolldownOptions: { input: entry, preserveEntrySignatures: "strict" } },
});
if (output.length !== 1) throw new Error(`Vite made ${output.length} files of the client: ${output.map(({ fileName }) => fileName)}`);
await writeFile(file, output[0].code);
