// The demo: what a visitor of /demo/ does and sees.

import assert from "node:assert/strict";

import { EMAIL, enter } from "./support/demo.js";
import { onBoth } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { PASSWORD } from "./support/person.js";

/** A visitor who has signed up in the world's page, and sees their devices. */
async function signedUp(world) {
  await world.go("/demo/");
  await enter(world.page, "Sign up");
  await world.page.locator("#devices .current").waitFor();
  return world.page;
}

/** The title, the place and no time of what happened, newest first. */
const happened = (page) => page.locator("#timeline li").evaluateAll((lines) =>
  lines.map((line) => [...line.children].slice(0, 2).map(({ textContent }) => textContent).join(", ")));

/** A visitor who comes through a front, has sent the form to sign up, and is watched by nobody. */
async function throughFront(world, host) {
  const front = await Front.of(world);
  const page = await (await world.newContext()).newPage();
  await page.goto(`${front.url(host)}/demo/`);
  await enter(page, "Sign up");
  return { front, page };
}

const heading = (page, name) => page.getByRole("heading", { level: 1, name });

onBoth("a visitor of the demo comes from the start page, signs up and logs out", async (world) => {
  const { page } = world;
  await world.go("/");
  await page.getByRole("link", { name: "Demo" }).click();
  await enter(page, "Sign up");
  await heading(page, "You are logged in").waitFor();
  await page.getByText(EMAIL, { exact: true }).waitFor();
  assert.equal(await page.locator(":focus").textContent(), "You are logged in");
  assert.match(await page.getByRole("timer").textContent(), /^1[45]:\d\d$/);
  assert.deepEqual(await happened(page), ["Signed up, this tab"]);
  await page.getByRole("button", { name: "Log out here" }).click();
  await page.getByText("You are logged out.").waitFor();
  assert.equal(await page.locator(":focus").textContent(), "Come in");
  assert.deepEqual(await page.context().cookies(), []);
});

onBoth("the demo says beside the fields what is wrong, and above them that nobody fits", async (world) => {
  const { page } = world;
  await world.go("/demo/");
  await enter(page, "Sign up", "12345", "no address");
  const email = page.locator("#sign-up-email");
  await page.locator("#sign-up-email-complaint").waitFor();
  assert.equal(await email.getAttribute("aria-invalid"), "true");
  assert.equal(await email.getAttribute("aria-describedby"), "sign-up-email-complaint sign-up-hint");
  assert.equal(await page.locator(":focus").getAttribute("id"), "sign-up-email");
  assert.match(await page.locator("#sign-up-password-complaint").textContent(), /too short/);
  await enter(page, "Log in", "not my password");
  const notice = page.getByRole("alert");
  await notice.waitFor();
  assert.match(await notice.textContent(), /^That did not fit/);
  assert.deepEqual(await page.context().cookies(), []);
});

onBoth("a second tab of the demo sees the log-in, the refresh and the log-out of the first", async (world) => {
  const { page } = world;
  await world.go("/demo/");
  const second = await world.newTab(page.context());
  await world.go("/demo/", second);
  await heading(second, "Come in").waitFor();
  await enter(page, "Sign up");
  await heading(second, "You are logged in").waitFor();
  await page.getByRole("button", { name: "Refresh now" }).click();
  await second.getByText("New tokens").waitFor();
  assert.deepEqual(await happened(second), ["New tokens, another tab", "Logged in, another tab"]);
  assert.deepEqual(await happened(page), ["Refreshed by hand, this tab", "Signed up, this tab"]);
  await second.getByRole("button", { name: "Log out here" }).click();
  await page.getByText("You were logged out in another tab.").waitFor();
});

onBoth("a tab of the demo that is opened later finds the visitor logged in", async (world) => {
  const first = await signedUp(world);
  const [later] = await Promise.all([
    first.context().waitForEvent("page"),
    first.getByRole("link", { name: "open a second tab" }).click(),
  ]);
  await heading(later, "You are logged in").waitFor();
  await later.locator("#timeline li").first().waitFor();
  assert.deepEqual(await happened(later), ["Found you logged in, this tab"]);
  await later.getByText("Since this page was opened").waitFor();
});

onBoth("a hundred questions of the demo cost no database statement", async (world) => {
  const page = await signedUp(world);
  await page.getByRole("button", { name: "Ask 100 times" }).click();
  await page.getByText("100 requests were answered, and the database was not asked once.").waitFor();
  const tiles = await page.locator(".tiles dd").allTextContents();
  assert.deepEqual([tiles[0], tiles[2]], ["100", "0"]);
  assert.match(tiles[1], /^\d+\.\d ms$/);
  // The count is no constant: a list of the devices is read from the database.
  await page.waitForFunction(() => Number(document.querySelector("#requests").textContent) >= 100);
  const spent = Number(await page.locator("#spent").textContent());
  await page.getByRole("button", { name: "Look again" }).click();
  await page.waitForFunction((before) => Number(document.querySelector("#spent").textContent) > before, spent);
});

onBoth("a visitor of the demo ends the session of another device, and all others", async (world) => {
  const page = await signedUp(world);
  const [phone, tablet] = [world.person(EMAIL), world.person(EMAIL)];
  for (const device of [phone, tablet]) assert.equal((await device.logIn()).status, 200);
  await page.getByRole("button", { name: "Look again" }).click();
  const ends = page.getByRole("button", { name: "End the session of Firefox on Linux" });
  await ends.nth(1).waitFor();
  await ends.first().click();
  await page.getByText("Firefox on Linux is logged out").waitFor();
  assert.equal(await ends.count(), 1);
  const statuses = await Promise.all([phone, tablet].map(async (device) => (await device.info()).status));
  assert.deepEqual(statuses.sort(), [200, 401]);
  await page.getByRole("button", { name: "Log out everywhere else" }).click();
  await page.getByText("One other device is logged out.").waitFor();
  assert.equal((await phone.info()).status, 401);
  assert.equal((await tablet.info()).status, 401);
  await page.getByRole("button", { name: "this device" }).click();
  await page.getByText("You have ended the session of this device.").waitFor();
});

onBoth("a visitor of the demo logs out everywhere", async (world) => {
  const page = await signedUp(world);
  const phone = world.person(EMAIL);
  await phone.logIn();
  await page.getByRole("button", { name: "Log out everywhere", exact: true }).click();
  await page.getByText("You are logged out on every device.").waitFor();
  assert.equal((await phone.info()).status, 401);
});

onBoth("a visitor of the demo changes the name and the password", async (world) => {
  const page = await signedUp(world);
  await page.getByLabel("First name").fill("Ada");
  await page.getByRole("button", { name: "Save your name" }).click();
  await heading(page, "Hello, Ada").waitFor();
  const change = page.getByRole("button", { name: "Change the password" });
  await page.getByLabel("Old password").fill("not my password");
  await page.getByLabel("New password").fill("a staple of another day");
  await change.click();
  await page.locator("#old-password-complaint").waitFor();
  await page.getByLabel("Old password").fill(PASSWORD);
  await change.click();
  await page.getByText("Changed. Every other device is logged out.").waitFor();
  assert.equal(await page.getByLabel("Old password").inputValue(), "");
  assert.equal((await world.person(EMAIL).logIn("a staple of another day")).status, 200);
});

onBoth("an operator ends the session, and the demo is back at the door and says why", async (world) => {
  const page = await signedUp(world);
  await world.server.command(["sessions", "revoke", "--user", EMAIL, "--yes"]);
  // Nobody touches the page: it asks by itself who is logged in.
  await page.getByText("Your session has ended. Log in again.").waitFor();
  assert.equal(await page.getByRole("group", { name: "New here, or not" }).getByRole("button", { pressed: true }).textContent(), "Log in");
  assert.deepEqual(await page.context().cookies(), []);
  await enter(page, "Log in");
  await heading(page, "You are logged in").waitFor();
});

onBoth("an access token of the demo that lives for seconds is refreshed silently", async (world) => {
  await world.server.restart({ access_token_lifetime: "4s" });
  const page = await signedUp(world);
  await page.getByText("Silent refresh").first().waitFor();
  assert.deepEqual(await page.getByText("To see a silent refresh within a minute").count(), 0);
  assert.deepEqual((await happened(page)).slice(-2), ["Silent refresh, this tab", "Signed up, this tab"]);
});

onBoth("the demo says that the server is away, and goes on when it is back", async (world) => {
  const { front, page } = await throughFront(world);
  await heading(page, "You are logged in").waitFor();
  const { port } = front;
  await front.close();
  await page.getByText("The server cannot be reached").waitFor();
  await front.listen(port);
  await page.getByText("The server cannot be reached").waitFor({ state: "hidden" });
  await heading(page, "You are logged in").waitFor();
});

onBoth("the demo says that the server is busy, and goes on when it answers", async (world) => {
  const { front, page } = await throughFront(world);
  await page.locator("#devices .current").waitFor();
  front.instead = (request, answer) => answer.writeHead(503, { "Content-Type": "application/json" }).end("{}");
  await page.getByText("The server is busy").waitFor();
  front.instead = null;
  await page.getByText("The server is busy").waitFor({ state: "hidden" });
});

onBoth("the demo says that the browser drops Secure cookies over plain http, and what to do", async (world) => {
  const { page } = await throughFront(world, "app.test");
  const notice = page.getByRole("alert");
  await notice.waitFor();
  assert.match(await notice.textContent(), /^The browser did not keep the cookies.*FRONTGATE_COOKIE_SECURE=false/);
  await heading(page, "Come in").waitFor();
});

onBoth("without the demo the start page leads to the documentation", async (world) => {
  await world.server.restart({ demo: "false" });
  await world.go("/");
  assert.deepEqual(await world.page.getByRole("link").allTextContents().then((names) => names.filter((name) => /Demo/.test(name))), []);
  assert.equal((await world.go("/demo/")).status(), 404);
});
