// The examples, built from the packed client: what each of them promises, once for all.

import assert from "node:assert/strict";

import { FrontgateError } from "../../clients/js/src/frontgate.js";
import { inWords } from "../../examples/shared/words.js";
import { BACKENDS } from "./support/database.js";
import { on, once } from "./support/everywhere.js";
import { Example } from "./support/example.js";
import { examples } from "./support/package.js";

once("an error of the session has words for people, also when somebody else has logged in", () => {
  const words = (code, more) => inWords(new FrontgateError(code, "for developers", more));
  assert.equal(words("logged_out", { status: 401 }), "You are logged out. Log in again.");
  assert.equal(words("logged_out"), "Somebody else has logged in, in another tab.");
  assert.equal(words("unavailable", { retryAfter: 7 }), "Try again in 7 seconds.");
  assert.equal(words("invalid"), "for developers");
});

const NAMES = ["fetch", "axios", "axios-auth-refresh", "react", "vue", "svelte"];

for (const name of NAMES) {
  // One of them shows that the database makes no difference.
  const backends = name === "fetch" ? BACKENDS : ["SQLite"];

  on(backends, `the ${name} example logs in and out in every tab, and says what went wrong`, async (world) => {
    const example = await Example.open(world, name);
    await example.everyTabIsLoggedOut();
    await example.enter("Sign up", "short");
    await example.told("This password is too short.");
    await example.enter("Sign up");
    await example.everyTabIsLoggedIn();
    await example.press("Log out", example.tabs[1]);
    await example.everyTabIsLoggedOut();
    await example.enter("Log in", "not the password");
    await example.told("Address and password do not belong together.");
    await example.enter("Log in");
    await example.everyTabIsLoggedIn();
    assert.equal(await example.tabs[0].getByRole("alert").textContent(), "");
    assert.deepEqual(example.complaints, []);
  });

  on(backends, `the ${name} example refreshes once for three requests in each of two tabs`, async (world) => {
    const example = await Example.open(world, name);
    await example.enter("Sign up");
    await example.everyTabIsLoggedIn();
    for (const round of ["at once", "late"]) {
      // One request of each tab hears that it was refused when the refresh is over.
      if (round === "late") example.refuseLate();
      await Promise.all(example.tabs.map((tab) => tab.reload()));
      await example.everyTabIsLoggedIn();
      await example.context.clearCookies({ name: "access" });
      example.front.passed.length = 0;
      await Promise.all(example.tabs.map((tab) => example.press("Show my orders", tab)));
      for (const tab of example.tabs) {
        const orders = await example.orders(tab);
        assert.deepEqual(orders, ["Carousel, two tickets", "Ferris wheel, one ticket", "Candy floss"]);
        assert.equal(await tab.getByRole("alert").textContent(), "");
      }
      assert.deepEqual(example.front.passed, ["POST /api/v1/users/refresh/ 200"], `refused ${round}`);
    }
    assert.deepEqual(example.complaints, []);
  });

  on(backends, `the ${name} example leads to the log-in form when an operator has ended the session`, async (world) => {
    const example = await Example.open(world, name);
    await example.enter("Sign up");
    await example.everyTabIsLoggedIn();
    await example.press("Show my orders", example.tabs[1]);
    assert.equal((await example.orders(example.tabs[1])).length, 3);
    await world.server.command(["sessions", "revoke", "--user", "ada@example.com", "--yes"]);
    await world.untilRefused(example.context);
    await example.press("Show my orders");
    await example.everyTabIsLoggedOut();
    await example.told("You are logged out. Log in again.");
    // Whoever logs in next sees nothing of theirs.
    await example.enter("Log in");
    await example.everyTabIsLoggedIn();
    assert.equal(await example.tabs[1].getByRole("listitem").count(), 0);
    assert.deepEqual(example.complaints, []);
  });
}

on(["SQLite"], "the examples run in Vite's own server, with an API beside them", async (world) => {
  const env = { ...process.env, NO_COLOR: "1", FRONTGATE: world.server.url };
  const [url] = await world.starts(["npm", "run", "dev"], { cwd: await examples(), env }, /http:\/\/localhost:\d+\//);
  for (const name of ["react", "vue", "svelte"]) {
    const example = await Example.develop(world, name, url);
    await (name === "react" ? example.enter("Sign up") : example.enter("Log in"));
    await example.everyTabIsLoggedIn();
    await example.press("Show my orders");
    assert.equal((await example.orders(example.tabs[0])).length, 3, name);
    assert.deepEqual(example.complaints, [], name);
  }
});
