// The demo, as people see it who come with another browser.

import assert from "node:assert/strict";

import { inEach } from "../support/engines.js";
import { Host } from "../support/host.js";
import { PASSWORD } from "../support/person.js";

const text = (id) => document.getElementById(id).textContent;
const press = (id) => document.getElementById(id).click();
const isShown = (id) => !document.getElementById(id).hidden;

inEach("the demo signs up, counts no statement, and logs out in every tab", async (world) => {
  const host = await Host.of(world, "127.0.0.1", { "/": () => world.server.url });
  const context = await world.newContext();
  const tab = await context.newPage();
  await tab.goto(`${host.url()}/demo/`);
  await tab.waitToSee(isShown, "outside");
  await tab.look((password) => {
    document.getElementById("sign-up-email").value = "ada@example.com";
    document.getElementById("sign-up-password").value = password;
    document.getElementById("sign-up").requestSubmit();
  }, PASSWORD);
  await tab.waitToSee(() => document.querySelectorAll("#devices li").length === 1);
  assert.equal(await tab.look(text, "email"), "ada@example.com");
  await tab.look(press, "ask");
  await tab.waitToSee(text, "verdict");
  assert.equal(await tab.look(text, "verdict"), "100 requests were answered, and the database was not asked once.");
  assert.deepEqual([await tab.look(text, "answered"), await tab.look(text, "statements")], ["100", "0"]);
  await tab.look(press, "refresh");
  await tab.waitToSee(() => document.getElementById("timeline").textContent.includes("Refreshed by hand"));
  const other = await context.newPage();
  await other.goto(`${host.url()}/demo/`);
  await other.waitToSee(isShown, "inside");
  await other.look(press, "log-out");
  await tab.waitToSee(isShown, "outside");
  await tab.waitToSee(isShown, "why");
  assert.equal(await tab.look(text, "why"), "You were logged out in another tab. Log in again.");
});
