// Finding a session, ending it, and what a session looks like of which somebody had a copy.

import assert from "node:assert/strict";

import { everywhere } from "./support/everywhere.js";

everywhere("an operator finds a session and ends it, and its device is refused at once", async (world) => {
  const { page } = world;
  await world.operator();
  const laptop = world.person("ada@example.com", { ip: "198.51.100.23" });
  const phone = world.person("ada@example.com", { ip: "203.0.113.8" });
  const grace = world.person("grace@example.com", { ip: "203.0.113.8" });
  for (const one of [laptop, grace]) assert.equal((await one.signUp()).status, 201);
  assert.equal((await phone.logIn()).status, 200);

  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Sessions" }).click();
  await page.waitForURL("**/admin/sessions/");
  const filters = page.locator("details.filters");
  if ((await filters.getAttribute("open")) === null) await filters.locator("summary").first().click();
  await filters.locator("[name=user]").fill("ada@example.com");
  await filters.locator("[name=ip]").fill("203.0.113.0/24");
  await filters.getByRole("button", { name: "Search" }).click();
  await page.waitForURL("**/admin/sessions/?**");
  await page.locator(`tbody a[href="/admin/sessions/${phone.access.sid}/"]`).first().click();
  await page.waitForURL(`**/admin/sessions/${phone.access.sid}/`);
  assert.equal(await page.locator("h1").textContent(), "Session of ada@example.com");

  const copy = phone.copy();
  assert.equal((await copy.info()).status, 200);
  await page.locator(".actions .danger summary").click();
  await page.locator(".actions .danger button").click();
  await page.getByRole("status").first().waitFor();
  for (const answer of [await phone.info(), await copy.refresh()]) assert.equal(answer.status, 401);
  for (const one of [laptop, grace]) assert.equal((await one.info()).status, 200);
  assert.equal(await page.locator(".actions .danger").count(), 0, "it cannot be ended twice");
});

everywhere("the family tree shows where a copied token was refused, and from where", async (world) => {
  const { page, server } = world;
  await server.restart({ refresh_grace: "0s" });
  await world.operator();
  const laptop = world.person("ada@example.com", { ip: "198.51.100.23" });
  assert.equal((await laptop.signUp()).status, 201);
  const thief = laptop.copy({ ip: "203.0.113.66", userAgent: "python-requests/2.32.5" });
  assert.equal((await laptop.refresh()).status, 200);
  assert.equal((await laptop.refresh()).status, 200);
  assert.equal((await thief.refresh()).status, 401);
  assert.equal((await laptop.info()).status, 401);

  await world.go(`/admin/sessions/${laptop.access.sid}/`);
  const picture = page.locator("svg.tree");
  assert.equal(await picture.getAttribute("role"), "img");
  assert.match(await picture.locator("title").first().textContent(), /\S/);
  const first = page.locator(".tokens tbody tr").filter({ hasText: "203.0.113.66" });
  assert.equal(await first.count(), 1);
  assert.equal(await page.locator(".tokens tbody tr").count(), 3);
  assert.match(await page.locator(".facts").textContent(), /reuse/i);

  // The address leads on to what else was done from there.
  await first.getByRole("link", { name: "203.0.113.66" }).first().click();
  await page.waitForURL("**/admin/addresses/203.0.113.66/");
  assert.match(await page.locator("main").textContent(), /ada@example\.com/);
});
