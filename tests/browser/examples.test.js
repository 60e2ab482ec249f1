// The examples, built from the packed client: what each of them promises, once for all.

import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { FrontgateError } from "../../clients/js/src/frontgate.js";
import { refreshOn401 } from "../../examples/axios/refresh.js";
import { inWords } from "../../examples/shared/words.js";
import { BACKENDS } from "./support/database.js";
import { on, once } from "./support/everywhere.js";
import { Example } from "./support/example.js";
import { EXAMPLES, examples, runOffline } from "./support/package.js";

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

for (const name of NAMES) {
  on(["SQLite"], `what Ada asked for in the ${name} example is not asked for again as Grace, nor shown to her`, async (world) => {
    const example = await Example.open(world, name);
    const [first, second] = example.tabs;
    await world.person("grace@example.com").signUp();
    await example.enter("Sign up");
    await example.everyTabIsLoggedIn();
    const asked = [];
    const hold = (request, answer) => request.url.startsWith("/api/orders/") && asked.push(answer) > 0;
    for (const [status, body] of [[401, "{}"], [200, '{"item":"for Ada alone"}']]) {
      asked.length = 0;
      example.front.instead = hold;
      await example.press("Show my orders", first);
      while (asked.length < 3) await first.evaluate(() => 1);
      example.front.instead = null;
      await example.press("Log out", second);
      await example.everyTabIsLoggedOut();
      await example.enter("Log in", undefined, { email: "grace@example.com", tab: second });
      await first.getByText("Logged in as grace@example.com").waitFor();
      example.front.orders.length = 0;
      for (const answer of asked) answer.writeHead(status, { "Content-Type": "application/json" }).end(body);
      // Grace's own request comes after whatever is done with the answers.
      assert.equal(await first.evaluate(() => fetch("/api/v1/users/").then((answer) => answer.status)), 200);
      if (status === 401) await first.getByRole("alert").filter({ hasText: "." }).waitFor();
      assert.deepEqual(example.front.orders, [], `answered with ${status}`);
      assert.equal(await first.getByText("for Ada alone").count(), 0);
      await example.press("Log out", second);
      await example.everyTabIsLoggedOut();
      await example.enter("Log in");
      await example.everyTabIsLoggedIn();
    }
    assert.deepEqual(example.complaints, []);
  });
}

once("the interceptor for older versions of Axios sends again only as the person who asked", async () => {
  const { default: axios } = await import(pathToFileURL(join(EXAMPLES, "node_modules/axios/index.js")));
  const [ada, grace] = [{ id: 1, email: "ada@example.com" }, { id: 2, email: "grace@example.com" }];
  const moved = { id: 1, email: "countess@example.com" };
  const nameless = [{ id: undefined, email: "ada@example.com" }, { id: undefined, email: "grace@example.com" }];
  const cases = [
    [ada, ada, 2], [ada, moved, 2], [ada, grace, 1], [ada, { id: 2, email: "ada@example.com" }, 1], [ada, null, 1],
    [ada, undefined, 1], [null, ada, 1], [undefined, ada, 1], [nameless[0], nameless[0], 2], [nameless[0], nameless[1], 1],
  ];
  for (const [asker, later, times] of cases) {
    for (const isKnown of [true, false]) {
      const user = { value: asker };
      const expiresAt = { value: 1 };
      const change = () => ((user.value = later), (expiresAt.value = 2));
      const session = { user, expiresAt, ready: Promise.resolve(asker), refresh: async () => (change(), !!later) };
      let sent = 0;
      const adapter = async (config) => {
        sent += 1;
        if (sent > 1) return { status: 200, config, data: "carried out", headers: {} };
        if (isKnown) change();
        throw new axios.AxiosError("refused", "ERR_BAD_REQUEST", config, {}, { status: 401 });
      };
      const api = axios.create({ adapter });
      refreshOn401(api, session);
      const answer = await api.post("/orders", "Ada's").catch(({ response }) => response);
      assert.deepEqual([answer.status, sent], [times === 2 ? 200 : 401, times], JSON.stringify({ asker, later, isKnown }));
    }
  }
});

once("the React example renders on a server", async () => {
  const folder = await examples();
  const lines = `
    import { createElement } from "react";
    import { renderToString } from "react-dom/server";
    import { useUser } from "./react/session.js";
    console.log(renderToString(createElement(() => \`user: \${useUser()}\`)));`;
  const { stdout } = await runOffline("node", ["--input-type=module", "-e", lines], folder);
  assert.equal(stdout, "user: undefined\n");
});

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
