// Tabs that get in one another's way: in the end all of them show what the server says.

import assert from "node:assert/strict";

import { onBoth } from "./support/everywhere.js";
import { PASSWORD } from "./support/person.js";
import { App, failure, status, untilInLine } from "./support/tabs.js";

const [ADA, GRACE] = ["ada@example.com", "grace@example.com"];
/** So many things happen, one after the other or two at once. */
const STEPS = 40;

const logIn = (tab, email) => tab.evaluate(([who, password]) => session.logIn(who, password), [email, PASSWORD]);
const logOut = (tab) => tab.evaluate(() => session.logOut());

/** Who the server says it is, by the cookies of the browser. */
async function whoever(world, app) {
  const Cookie = (await app.context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  const answer = await fetch(world.server.api(""), { headers: { Cookie } });
  return answer.ok ? (await answer.json()).email : null;
}

onBoth("a log-out waits for the refresh of another tab, and is the last word", async (world) => {
  await world.person(ADA).signUp();
  for (const hold of ["hold", "holdAnswer"]) {
    const app = await App.open(world, { tabs: 2 });
    await app.logIn();
    await app.forgetAccess();
    const held = app.front[hold]("refresh/");
    const answered = status(app.tabs[0]);
    await held.hasCome;
    const left = logOut(app.tabs[1]);
    held.letGo();
    await left;
    assert.ok([200, 401].includes(await answered));
    await app.everyTabShows("Log in");
    assert.deepEqual(await app.context.cookies(), []);
  }
});

onBoth("what was asked for one person is not asked again for another who logs in meanwhile", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await world.person(GRACE).signUp();
  await app.signUp();
  // Ada's order is refused, and she does not know it yet.
  let finish;
  const held = new Promise((hasCome) => {
    app.front.at("/late/", (request, answer) => {
      if (finish) return answer.writeHead(200).end("carried out");
      finish = () => answer.writeHead(401).end("refused");
      hasCome();
    });
  });
  const order = app.tabs[0].evaluate(() => session.fetch("/late/", { method: "POST", body: "Ada's" }).then((answer) => answer.status));
  await held;
  await logIn(app.tabs[1], GRACE);
  await app.everyTabShows(GRACE);
  finish();
  assert.equal(await order, 401);
  await app.everyTabShows(GRACE);
});

onBoth("what one person asked for and has to wait is not done as another who logs in meanwhile", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.context.clock.install();
  await world.person(GRACE).signUp();
  await app.signUp();
  const waiting = {
    // Her access token has expired, so this waits for a refresh.
    order: async () => {
      await app.context.clock.setSystemTime(Date.now() + 3_600_000);
      return failure(app.tabs[0], () => session.fetch("/api/orders", { method: "POST", body: "Ada's" }));
    },
    // What changes something waits for its turn.
    everywhere: () => failure(app.tabs[0], () => session.logOutEverywhere()),
  };
  for (const [what, ask] of Object.entries(waiting)) {
    await logIn(app.tabs[0], ADA);
    await app.everyTabShows(ADA);
    const held = app.front.hold("login/");
    const entered = logIn(app.tabs[1], GRACE);
    await held.hasCome;
    const asked = ask();
    await untilInLine(app.tabs[0]);
    held.letGo();
    await entered;
    const failed = await asked;
    assert.deepEqual([failed?.name, failed?.code], ["FrontgateError", "logged_out"], what);
    assert.match(failed.message, /ada@example\.com is not logged in any more/);
    assert.deepEqual(app.front.orders, [], what);
    await app.everyTabShows(GRACE);
    assert.equal(await whoever(world, app), GRACE);
  }
});

onBoth("whoever changes her address is still the one who asked for what has to wait", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.context.clock.install();
  await app.signUp();
  const change = (tab, changes) => tab.evaluate((changed) => session.changeProfile(changed), changes);
  const waiting = {
    // What changes something waits for its turn.
    profile: () => failure(app.tabs[0], () => session.changeProfile({ first_name: "Ada" })),
    // Her access token has expired, so this waits for a refresh.
    order: async () => {
      await app.context.clock.setSystemTime(Date.now() + 3_600_000);
      return failure(app.tabs[0], () => session.fetch("/api/orders", { method: "POST", body: "Ada's" }));
    },
  };
  for (const [what, ask] of Object.entries(waiting)) {
    const held = app.front.hold("profile/");
    const changed = change(app.tabs[1], { email: `${what}@example.com`, password: PASSWORD });
    await held.hasCome;
    const asked = ask();
    await untilInLine(app.tabs[0]);
    held.letGo();
    await changed;
    assert.equal(await asked, null, what);
    await app.everyTabShows(`${what}@example.com`);
  }
  assert.deepEqual(app.front.orders, ["POST 200 Ada's"]);
});

onBoth("a person is known by the id, so whoever has got her address meanwhile is another one", async (world) => {
  // Nobody else would get it for a month.
  await world.server.restart({ address_hold: "0s" });
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  const hers = await app.tabs[0].evaluate(() => session.user.value);
  // On another device she takes another address, and Grace takes the one that is free.
  const phone = await App.open(world);
  await phone.logIn();
  await phone.tabs[0].evaluate((password) => session.changeProfile({ email: "countess@example.com", password }), PASSWORD);
  await phone.tabs[0].evaluate(() => session.logOut());
  await world.server.command(["sessions", "revoke", "--all", "--yes"]);
  let finish;
  const held = new Promise((hasCome) => {
    app.front.at("/late/", (request, answer) => {
      if (finish) return answer.writeHead(200).end("carried out");
      finish = () => answer.writeHead(401).end("refused");
      hasCome();
    });
  });
  const order = app.tabs[0].evaluate(() => session.fetch("/late/", { method: "POST", body: "Ada's" }).then((answer) => answer.status));
  await held;
  await app.tabs[1].evaluate((password) => session.signUp("ada@example.com", password), PASSWORD);
  finish();
  assert.equal(await order, 401);
  for (const tab of app.tabs) {
    await tab.waitForFunction((id) => session.user.value && session.user.value.id !== id, hers.id);
    assert.equal((await tab.evaluate(() => session.user.value)).email, "ada@example.com");
  }
});

onBoth("where the server tells the address alone, people are told apart by that", async (world) => {
  await world.server.restart({ user_fields: "email" });
  const app = await App.open(world, { tabs: 2 });
  await world.person(GRACE).signUp();
  await app.signUp();
  assert.deepEqual(await app.tabs[1].evaluate(() => [session.user.value.email, session.user.value.id]), [ADA, undefined]);
  await logIn(app.tabs[1], GRACE);
  await app.everyTabShows(GRACE);
  assert.equal(await status(app.tabs[0]), 200);
});

onBoth("two people log in at once in two tabs, and every tab shows the same one", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await world.person(ADA).signUp();
  await world.person(GRACE).signUp();
  await Promise.all([logIn(app.tabs[0], ADA), logIn(app.tabs[1], GRACE), status(app.tabs[2])]);
  await app.everyTabShows(await whoever(world, app));
});

onBoth("a tab is closed or crashes while it refreshes, and the others go on", async (world) => {
  const app = await App.open(world, { tabs: 3 });
  await app.signUp();
  for (const end of [(tab) => tab.close(), (tab) => tab.goto("chrome://crash").catch(() => {})]) {
    await app.forgetAccess();
    const held = app.front.hold("refresh/");
    const tab = app.tabs.shift();
    const lost = status(tab).catch(() => "lost");
    await held.hasCome;
    const answered = app.statuses();
    await end(tab);
    held.letGo();
    assert.equal(await lost, "lost");
    assert.deepEqual(await answered, app.tabs.map(() => 200));
  }
});

onBoth("without Web Locks, a tab that crashes with the answer to its refresh logs nobody out", async (world) => {
  await world.server.restart({ cookie_secure: "false" });
  const app = await App.open(world, { tabs: 2, host: "app.example.test" });
  await app.signUp();
  await app.forgetAccess();
  const held = app.front.holdAnswer("refresh/");
  const [tab] = app.tabs;
  const lost = status(tab).catch(() => "lost");
  await held.hasCome;
  const crashed = tab.waitForEvent("crash");
  tab.goto("chrome://crash").catch(() => {});
  await crashed;
  assert.equal(await lost, "lost");
  assert.equal(await status(app.tabs[1]), 200);
  held.letGo();
  assert.equal(await app.tabs[1].locator("#view").textContent(), ADA);
});

onBoth("many sessions in one tab are one", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  await app.tabs[0].evaluate(async () => {
    const { createSession } = await import("/static/frontgate.js");
    globalThis.many = Array.from({ length: 10 }, () => createSession());
    await Promise.all(many.map(({ ready }) => ready));
  });
  await app.forgetAccess();
  app.passed("");
  const statuses = await app.tabs[0].evaluate(() => Promise.all(many.map((one) => one.fetch("/api/orders").then((answer) => answer.status))));
  assert.deepEqual(statuses, Array(10).fill(200));
  assert.deepEqual(app.passed("refresh/"), ["POST /api/v1/users/refresh/ 200"]);
  await logOut(app.tabs[1]);
  await app.tabs[0].waitForFunction(() => many.every(({ user }) => user.value === null));
});

onBoth("a tab that comes back to the page shows what has happened meanwhile", async (world) => {
  const app = await App.open(world, { tabs: 2 });
  await app.signUp();
  await app.tabs[0].goto(`${app.front.url()}/api/orders`);
  await logOut(app.tabs[1]);
  await app.tabs[0].goBack();
  await app.everyTabShows("Log in");
});

/** Numbers that are the same in each run with this seed. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

for (const seed of [1, 2, 3]) {
  onBoth(`whatever three tabs do, they show what the server says in the end (seed ${seed})`, async (world) => {
    const app = await App.open(world, { tabs: 3 });
    await world.person(ADA).signUp();
    await world.person(GRACE).signUp();
    const roll = dice(seed);
    const done = [];
    const acts = {
      logInAda: (tab) => logIn(tab, ADA),
      logInGrace: (tab) => logIn(tab, GRACE),
      logOut,
      refresh: (tab) => tab.evaluate(() => session.refresh()),
      fetch: (tab) => status(tab),
      forget: () => app.forgetAccess(),
      revoke: async () => {
        if ((await whoever(world, app)) !== ADA) return;
        await world.server.command(["sessions", "revoke", "--user", ADA, "--yes"]);
        await world.untilRefused(app.context);
      },
      password: (tab) => tab.evaluate((same) => session.changePassword(same, same), PASSWORD),
      everywhere: (tab) => tab.evaluate(() => session.logOutEverywhere()),
      reopen: async (tab) => {
        app.tabs.splice(app.tabs.indexOf(tab), 1);
        await tab.close();
        await app.openTab();
      },
    };
    const names = Object.keys(acts);
    for (let step = 0; step < STEPS; step += 1) {
      const together = Array.from({ length: 1 + roll(2) }, (_, number) => [names[roll(names.length)], app.tabs[(roll(3) + number) % 3]]);
      // Nothing else uses a tab that is closed, or changes the cookies that are to be refused.
      const alone = together.find(([name]) => ["reopen", "revoke"].includes(name));
      if (alone) together.splice(0, together.length, alone);
      done.push(together.map(([name]) => name).join(" and "));
      await Promise.all(together.map(([name, tab]) => Promise.resolve(acts[name](tab)).catch(({ message }) => {
        assert.match(message, /FrontgateError/, `${name}: ${message}`);
      })));
    }
    const statuses = [];
    for (const tab of app.tabs) statuses.push(await status(tab));
    const who = await whoever(world, app);
    await app.everyTabShows(who ?? "Log in").catch((error) => {
      throw new Error(`${who}, after ${done.join(", ")}: ${error.message}`);
    });
    assert.deepEqual(statuses, Array(3).fill(who ? 200 : 401));
  });
}
