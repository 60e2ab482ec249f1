// Ending many sessions, from the list to the last one.

import assert from "node:assert/strict";

import { everywhere } from "./support/everywhere.js";
import { OPERATOR } from "./support/operator.js";

everywhere("end many with preview: a wrong number ends nothing, the right one ends these and no others", async (world) => {
  const { page } = world;
  const thief = { ip: "203.0.113.66", userAgent: "python-requests/2.32.5" };
  const taken = ["ada", "grace", "joan"].map((name) => world.person(`${name}@example.com`, thief));
  const honest = world.person("mary@example.com");
  for (const person of [...taken, honest]) assert.equal((await person.signUp()).status, 201);
  await world.operator();

  await page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Sessions" }).click();
  await page.locator(".filters summary").click();
  await page.getByLabel("Address or network").fill("203.0.113.0/24");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "End all of these…" }).click();
  await page.getByText("Sessions that were last seen in the network 203.0.113.0/24, but none of").waitFor();
  assert.equal(await page.locator("strong.big").textContent(), "3 sessions");
  assert.equal(await page.getByRole("row").count(), 1 + 3, "the sample");
  assert.ok(await page.getByLabel(/^Keep my own sessions/).isChecked());

  await page.getByLabel(/^To confirm, type the number: 3/).fill("4");
  await page.getByRole("button", { name: "End 3 sessions" }).click();
  await page.getByRole("alert").waitFor();
  assert.match(await page.getByRole("alert").textContent(), /No session was ended/);
  assert.equal(await page.getByLabel(/^To confirm/).inputValue(), "4", "what was typed is kept");
  for (const person of taken) assert.equal((await person.info()).status, 200);

  await page.getByLabel(/^To confirm/).fill("3");
  await page.getByLabel(/^To confirm/).press("Enter");
  await page.waitForURL("**/admin/jobs/*/");
  await isDone(world);
  await page.getByText("3 ended").waitFor();
  for (const person of taken) assert.equal((await person.info()).status, 401);
  for (const person of taken) assert.equal((await person.refresh()).status, 401);
  assert.equal((await honest.info()).status, 200);

  await page.getByRole("link", { name: "All jobs" }).click();
  const row = page.getByRole("row").filter({ hasText: "Job 1" });
  assert.match(await row.textContent(), /203\.0\.113\.0\/24.*Done.*3 ended/s);
});

everywhere("end everyone but me", async (world) => {
  const { page } = world;
  const [ada, mine] = [world.person("ada@example.com"), world.person(OPERATOR)];
  await ada.signUp();
  await world.operator();
  assert.equal((await mine.logIn()).status, 200);

  await world.go("/admin/sessions/");
  await page.getByRole("link", { name: "End everyone…" }).click();
  await page.getByLabel(/^To confirm, type the number: 1/).fill("1");
  await page.getByRole("button", { name: "End 1 session" }).click();
  await page.waitForURL("**/admin/jobs/*/");
  await isDone(world);
  assert.equal((await ada.info()).status, 401);
  assert.equal((await mine.info()).status, 200);
  await world.go("/admin/");
  assert.equal(world.at(), "/admin/", "who did it is still signed in");
});

/** Waits for the end of the job that the page shows: it looks by itself, or is asked to. */
async function isDone(world) {
  const { page } = world;
  const done = page.getByText("Done", { exact: true });
  const again = page.getByRole("link", { name: "Look again" });
  while (!world.javaScript && (await done.count()) === 0) await again.click();
  await done.waitFor();
}
