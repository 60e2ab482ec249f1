// The overview, and how it is read anew by itself.

import assert from "node:assert/strict";

import { everywhere, onBoth } from "./support/everywhere.js";

const live = (page) => page.locator(".standing strong").first().textContent();

everywhere("the overview leads to a session, a user and an address, and to other spans", async (world) => {
  const { page } = world;
  const ada = world.person("ada@example.com", { ip: "192.0.2.7" });
  await world.operator();
  const alarms = page.locator(".alarms tbody tr");
  assert.match(await alarms.textContent(), /ops@example\.com/, "that there is an administrator is one");
  await page.getByRole("link", { name: "How people sign up and log in" }).waitFor();

  await ada.signUp();
  const thief = ada.copy({ ip: "203.0.113.66" });
  await ada.refresh();
  await thief.refresh();
  await page.getByRole("link", { name: "Last hour" }).click();
  await page.waitForURL("**/admin/?span=hour");
  assert.equal(await live(page), "1");
  const alarm = alarms.filter({ hasText: "Follower" });
  assert.match(await alarm.textContent(), /192\.0\.2\.7/);
  const links = await alarm.getByRole("link").evaluateAll((all) => all.map((link) => link.getAttribute("href")));
  const { user_id, sid } = ada.access;
  assert.deepEqual(links, [`/admin/users/${user_id}/`, `/admin/sessions/${sid}/`, "/admin/addresses/203.0.113.66/"]);
});

onBoth("the overview is read anew while somebody looks, and what is open stays open", async (world) => {
  const { page } = world;
  await page.clock.install();
  const ada = world.person("ada@example.com");
  await ada.signUp();
  await world.operator();
  const numbers = page.locator("#numbers");
  // What happened is written every five seconds.
  for (let tries = 0; (await numbers.count()) === 0 && tries < 200; tries += 1) await world.go("/admin/");
  await numbers.locator("summary").click();
  assert.equal(await live(page), "1");

  const grace = world.person("grace@example.com");
  await grace.signUp();
  const anew = async (time) => {
    const answered = page.waitForResponse((answer) => answer.url().endsWith("/admin/"));
    await page.clock.runFor(time);
    await (await answered).finished();
  };
  await anew(10_000);
  await page.locator(".standing strong", { hasText: "2" }).first().waitFor();
  assert.equal(await numbers.getAttribute("open"), "", "what was open is open");
  assert.equal(await live(page), "2");

  // Nothing moves under the keyboard.
  await grace.logOut();
  await page.locator("h1").click();
  await page.keyboard.press("Tab");
  await page.locator("#overview :focus-visible").waitFor();
  let requests = 0;
  page.on("request", () => (requests += 1));
  await page.clock.runFor(60_000);
  assert.equal(requests, 0);
  await page.locator("h1").click();
  await anew(10_000);
  await page.locator(".standing strong", { hasText: "1" }).first().waitFor();

  // Whoever has gone away is not kept signed in.
  await page.clock.runFor(16 * 60_000);
  requests = 0;
  await page.clock.runFor(10 * 60_000);
  assert.equal(requests, 0);
  await page.mouse.move(200, 200);
  await anew(10_000);
});
