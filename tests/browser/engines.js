// The client in Firefox and in WebKit, all tests or those whose names contain one of the arguments:
//
//   scripts/test --engines [NAME...]

import { availableParallelism } from "node:os";
import { after, before, describe, it } from "node:test";

import { startDisplay, tests } from "./support/engines.js";

import "./engines/client.test.js";
import "./engines/demo.test.js";
import "./engines/settings.test.js";

const names = process.argv.slice(2);
const wanted = tests.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
if (wanted.length === 0) throw new Error(`No test's name contains ${names.join(" or ")}.`);

describe("In Firefox and in WebKit", { concurrency: availableParallelism() }, () => {
  let display;
  before(async () => {
    display = await startDisplay();
  });
  after(() => display?.stop());
  for (const { name, run } of wanted) {
    it(name, { timeout: 300_000 }, () => run(display.name));
  }
});
