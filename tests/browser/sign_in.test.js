// Signing in to the admin and out of it.

import assert from "node:assert/strict";

import { everywhere } from "./support/everywhere.js";
import { OPERATOR } from "./support/operator.js";
import { PASSWORD } from "./support/person.js";

everywhere("an operator signs out and in again, with the keyboard alone", async (world) => {
  const { page } = world;
  await world.operator();
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await page.waitForURL("**/admin/login/");

  // The cursor is in the first field.
  await page.locator("#email:focus").waitFor();
  await page.keyboard.type(OPERATOR);
  await page.keyboard.press("Tab");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL("**/admin/");
  assert.equal(await page.locator(".who .email").textContent(), OPERATOR);
});

everywhere("whoever is not signed in comes back to the page that they asked for", async (world) => {
  const { page } = world;
  await world.operator();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/admin/login/");

  await world.go("/admin/?since=yesterday&of=%26%3C%C3%A9");
  assert.match(world.at(), /^\/admin\/login\/\?next=/);
  await world.signIn();
  await page.waitForURL("**/admin/?**");
  assert.equal(world.at(), "/admin/?since=yesterday&of=%26%3C%C3%A9");
});

everywhere("a link to the log-in page leads to no other site", async (world) => {
  await world.operator();
  const page = await world.newPage();
  for (const next of ["https://example.net/admin/", "/admin/\\example.net"]) {
    await world.go(`/admin/login/?next=${encodeURIComponent(next)}`, page);
    await world.signIn(OPERATOR, PASSWORD, page);
    await page.waitForURL("**/admin/");
    assert.equal(world.at(page), "/admin/");
  }
});

everywhere("a wrong password, and somebody who is no staff, get the same answer", async (world) => {
  const { page } = world;
  await world.operator();
  await world.person("ada@example.com").signUp();
  await page.getByRole("button", { name: "Sign out" }).click();

  const refused = [[OPERATOR, "wrong"], ["ada@example.com", PASSWORD], ["nobody@example.com", PASSWORD]];
  for (const [email, password] of refused) {
    await world.go("/admin/login/?next=/admin/");
    await world.signIn(email, password);
    await page.getByRole("alert").waitFor();
    assert.match(await page.getByRole("alert").textContent(), /^Please enter .* of an active staff account/);
    assert.equal(await page.getByLabel("E-mail address").inputValue(), email, "what was typed is kept");
    assert.equal(await page.getByLabel("Password").inputValue(), "");
    await world.go("/admin/");
    assert.equal(world.at(), "/admin/login/");
  }
});

everywhere("an operator who is deactivated is out at once", async (world) => {
  const { page, server } = world;
  const joan = world.person("joan@example.com");
  await server.command(["createsuperuser", "--email", OPERATOR, "--password-stdin"], PASSWORD);
  await server.command(["createsuperuser", "--email", joan.email, "--password-stdin"], PASSWORD);
  await joan.logIn();
  await world.go("/admin/login/");
  await world.signIn(joan.email);
  await page.waitForURL("**/admin/");

  await server.command(["users", "deactivate", "--email", joan.email]);
  await world.go("/admin/");
  assert.equal(world.at(), "/admin/login/");
  await world.signIn(joan.email);
  await page.getByRole("alert").waitFor();
});

everywhere("whoever copied an operator's cookie is out when the operator signs out", async (world) => {
  const { page } = world;
  await world.operator();
  const copy = await world.newPage({ storageState: await page.context().storageState() });
  await world.go("/admin/", copy);
  assert.equal(world.at(copy), "/admin/");

  await page.getByRole("button", { name: "Sign out" }).click();
  await page.waitForURL("**/admin/login/");
  await world.go("/admin/", copy);
  assert.equal(world.at(copy), "/admin/login/");

  // Nor does the way back of the browser show what was there.
  await page.goBack();
  assert.equal(world.at(), "/admin/login/");
});
