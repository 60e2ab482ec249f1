// The demo, when what it shows is hostile and whoever looks at it impatient.

import assert from "node:assert/strict";

import { EMAIL, enter } from "./support/demo.js";
import { everywhere, onBoth } from "./support/everywhere.js";
import { PASSWORD } from "./support/person.js";

/** What runs when it is taken for HTML. */
const HOSTILE = `"><img src=x onerror="globalThis.struck=1"><script>globalThis.struck=1</script>`;

/** A visitor of the demo who is logged in. */
async function loggedIn(world) {
  const { page } = world;
  await world.go("/demo/");
  await enter(page, "Log in");
  await page.locator("#devices .current").waitFor();
  return page;
}

onBoth("names, devices and error texts of the demo are text, whatever is in them", async (world) => {
  const phone = world.person(EMAIL, { userAgent: HOSTILE });
  await phone.signUp();
  const page = await loggedIn(world);
  await page.getByLabel("First name").fill(HOSTILE);
  await page.getByRole("button", { name: "Save your name" }).click();
  await page.getByRole("heading", { level: 1 }).getByText(`Hello, ${HOSTILE}`).waitFor();
  await page.reload();
  await page.getByRole("heading", { level: 1 }).getByText(`Hello, ${HOSTILE}`).waitFor();
  await page.getByRole("button", { name: "Look again" }).click();
  assert.equal(await page.locator("#devices li").count(), 2);
  await page.route("**/password/", (route) => route.fulfill({ status: 400, json: { old_password: [HOSTILE] } }));
  await page.getByLabel("Old password").fill(PASSWORD);
  await page.getByLabel("New password").fill("a staple of another day");
  await page.getByRole("button", { name: "Change the password" }).click();
  await page.locator("#old-password-complaint").getByText(HOSTILE).waitFor();
  assert.equal(await page.evaluate(() => globalThis.struck), undefined);
  assert.equal(await page.locator("#demo img, #demo script").count(), 0);
});

onBoth("every button of the demo can be pressed twice, and the one that asks a hundred times over", async (world) => {
  await world.person(EMAIL).signUp();
  const page = await loggedIn(world);
  let asked = 0;
  page.on("request", (request) => (asked += request.method() === "GET" && request.url().endsWith("/users/") ? 1 : 0));
  await page.locator("#ask").evaluate((button) => {
    for (let press = 0; press < 100; press += 1) button.click();
  });
  await page.locator("#verdict").getByText("100 requests were answered").waitFor();
  // The page asks every two seconds by itself.
  assert.ok(asked < 200, `${asked} requests`);
  const posted = [];
  page.on("request", (request) => request.method() !== "GET" && posted.push(new URL(request.url()).pathname.replace("/api/v1/users/", "")));
  await page.locator("#refresh").dblclick();
  await page.getByText("Refreshed by hand").first().waitFor();
  await page.locator("#look").dblclick();
  await page.locator("#log-out-others").dblclick();
  await page.locator("#ended").getByText("logged out").waitFor();
  await page.locator("#profile [type=submit]").dblclick();
  await page.getByText("Saved.").waitFor();
  await page.locator("#log-out").evaluate((button) => (button.click(), button.click()));
  await page.getByText("You are logged out.").waitFor();
  assert.equal(posted.filter((path) => path === "logout/").length, 1, posted.join(", "));
});

everywhere("the demo says what it needs where no script runs", async (world) => {
  await world.go("/demo/");
  const told = world.page.locator("noscript p");
  assert.equal(await told.count(), world.javaScript ? 0 : 1);
  if (!world.javaScript) assert.ok(await told.isVisible());
});
