// The first administrator, by the link that `frontgate setup-link` prints.

import assert from "node:assert/strict";

import { everywhere } from "./support/everywhere.js";
import { OPERATOR } from "./support/operator.js";
import { PASSWORD } from "./support/person.js";

everywhere("the printed link makes the first administrator, once", async (world) => {
  const { page, server } = world;
  await world.go("/admin/");
  assert.equal(await page.getByText("There is no administrator yet.").count(), 1);

  const link = await server.setupLink();
  await page.goto(link);
  await fill(page, OPERATOR, PASSWORD, PASSWORD);
  await page.waitForURL(`${server.url}/admin/`);
  assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Overview");
  assert.equal(await page.locator(".who .email").textContent(), OPERATOR);

  const late = await world.newPage();
  const answer = await late.goto(link);
  assert.equal(answer.status(), 400);
  assert.match(await late.locator("main").textContent(), /This link is invalid, used or has expired/);
});

everywhere("what is wrong stands beside its field, and the link still makes the first administrator", async (world) => {
  const { page } = world;
  await page.goto(await world.server.setupLink());
  await fill(page, OPERATOR, "12345", "123456");

  const password = page.getByLabel("Password", { exact: true });
  assert.equal(await password.getAttribute("aria-invalid"), "true");
  const complaints = page.locator(`#${await password.getAttribute("aria-describedby")}`);
  assert.match(await complaints.textContent(), /too short.*too common.*entirely numeric.*not the same/s);
  assert.equal(await page.getByLabel("E-mail address").inputValue(), OPERATOR, "what was typed is kept");

  await fill(page, OPERATOR, PASSWORD, PASSWORD);
  await page.waitForURL(`${world.server.url}/admin/`);
});

async function fill(page, email, password, again) {
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("The same password again").fill(again);
  await page.getByRole("button", { name: "Make the administrator" }).click();
}
