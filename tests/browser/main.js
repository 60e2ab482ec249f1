// Every test, in one process, so that Chromium starts once; or those whose names contain one of
// the arguments:
//
//   scripts/test --browser [NAME...]

import { availableParallelism } from "node:os";
import { after, before, describe, it } from "node:test";

import { startChromium } from "./support/chromium.js";
import { lastDuties, tests } from "./support/everywhere.js";
import { atOnce } from "./support/lag.js";

import "./checks_bite.test.js";
import "./client.test.js";
import "./client_answers.test.js";
import "./client_errors.test.js";
import "./client_fetch.test.js";
import "./client_latency.test.js";
import "./client_places.test.js";
import "./client_races.test.js";
import "./client_requests.test.js";
import "./client_server.test.js";
import "./client_slow.test.js";
import "./client_storage.test.js";
import "./demo.test.js";
import "./demo_hostile.test.js";
import "./end_many.test.js";
import "./every_link.test.js";
import "./every_page.test.js";
import "./examples.test.js";
import "./overview.test.js";
import "./package.test.js";
import "./places.test.js";
import "./places_proxies.test.js";
import "./places_servers.test.js";
import "./program.test.js";
import "./sessions.test.js";
import "./setup.test.js";
import "./sign_in.test.js";
import "./spa.test.js";
import "./types.test.js";

const names = process.argv.slice(2);
const wanted = tests.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)));
if (wanted.length === 0) throw new Error(`No test's name contains ${names.join(" or ")}.`);

// A test waits for its browser half of the time.
describe("In a browser", { concurrency: atOnce(2 * availableParallelism()) }, () => {
  let chromium;
  before(async () => {
    chromium = await startChromium();
  });
  after(async () => {
    await Promise.all(lastDuties.map((act) => act()));
    await chromium?.close();
  });
  for (const { name, run } of wanted) {
    it(name, { timeout: 300_000 }, () => run(chromium));
  }
});
