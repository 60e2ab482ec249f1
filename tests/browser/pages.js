// Every page of the admin, and of the demo: what every_page.test.js looks at, and scripts/screenshots shows.
// A new page is a line here.
//
//   name      of its screenshots
//   path      a path, or a function that makes one from what is there: see `makeHistory`
//   where     on which server: on one where history was made, unless it says "empty" (nobody but
//             the operator is there), "new" (nobody at all) or "demo" (Ada, with two devices)
//   signedOut whoever looks is not signed in
//   status    of the answer, where it is not 200
//   primary   what must be seen without scrolling: a selector
//   act       what is done on the page before it is looked at

import { PASSWORD } from "./support/person.js";

const PRIMARY = "button.primary";

export const PAGES = [
  { name: "sign-in-first", where: "new", signedOut: true, path: "/admin/login/", primary: PRIMARY },
  { name: "setup", where: "new", signedOut: true, path: (made) => made.setup, primary: PRIMARY },
  { name: "setup-no", where: "new", signedOut: true, path: (made) => made.setup, primary: PRIMARY, act: refuseSetup },
  { name: "sign-in", signedOut: true, path: "/admin/login/", primary: PRIMARY },
  { name: "sign-in-no", signedOut: true, path: "/admin/login/", primary: PRIMARY, act: refuseSignIn },
  { name: "overview", path: "/admin/", primary: ".alarms a" },
  { name: "overview-hour", path: "/admin/?span=hour", primary: ".alarms a", act: openNumbers },
  { name: "overview-month", path: "/admin/?span=month", primary: ".alarms a", act: openNumbers },
  { name: "overview-empty", where: "empty", path: "/admin/", primary: ".button.primary" },
  { name: "users", path: "/admin/users/", primary: PRIMARY },
  { name: "users-empty", where: "empty", path: "/admin/users/", primary: PRIMARY },
  { name: "users-found", path: "/admin/users/?q=ada@example.com&active=yes&order=last_log_in", primary: PRIMARY },
  { name: "users-none", path: "/admin/users/?q=nobody", primary: PRIMARY },
  { name: "users-no", status: 400, path: "/admin/users/?active=maybe&joined_from=yesterday", primary: PRIMARY },
  { name: "user", path: (made) => user(made.ada), primary: ".actions .danger" },
  { name: "user-inactive", path: (made) => user(made.inactive), primary: ".actions button" },
  { name: "user-endless", path: (made) => user(made.endless), primary: ".actions .danger" },
  { name: "user-oneself", path: "/admin/account/", act: (page) => page.locator("dd a").click(), primary: ".actions .danger" },
  { name: "user-ask", path: (made) => user(made.ada), act: ask },
  { name: "user-role", path: (made) => user(made.ada, "role/"), primary: PRIMARY },
  { name: "user-claims", path: (made) => user(made.ada, "claims/"), primary: PRIMARY },
  { name: "user-claims-no", path: (made) => user(made.ada, "claims/"), act: refuseClaims },
  { name: "user-password", path: (made) => user(made.endless, "password/"), primary: PRIMARY },
  { name: "user-password-no", path: (made) => user(made.ada, "password/"), act: refusePassword },
  { name: "user-delete", path: (made) => user(made.endless, "delete/"), primary: "button.destroy" },
  { name: "user-reset-link", path: (made) => user(made.ada), act: makeLink },
  { name: "account", path: "/admin/account/", primary: ".button.primary" },
  { name: "account-password", path: "/admin/account/password/", primary: PRIMARY },
  { name: "sessions", path: "/admin/sessions/", primary: ".actions .danger" },
  { name: "sessions-empty", where: "empty", path: "/admin/sessions/" },
  { name: "sessions-found", path: "/admin/sessions/?state=live&ip=192.0.2.0/24", primary: ".actions .danger" },
  { name: "sessions-no", status: 400, path: "/admin/sessions/?ip=nowhere&created_from=yesterday", primary: "[aria-invalid]" },
  { name: "sessions-followers", path: "/admin/sessions/followers/" },
  { name: "sessions-failures", path: "/admin/sessions/failures/" },
  { name: "sessions-new-networks", path: "/admin/sessions/new-networks/" },
  { name: "session", path: (made) => `/admin/sessions/${made.ada.sid}/`, primary: ".actions .danger" },
  { name: "session-reuse", path: (made) => `/admin/sessions/${made.reused.sid}/` },
  { name: "address", path: (made) => `/admin/addresses/${made.ip}/` },
  { name: "tokens", path: "/admin/tokens/", primary: "summary" },
  { name: "tokens-filtered", path: "/admin/tokens/?user=ada%40example.com&blacklisted=yes", primary: "summary" },
  { name: "tokens-complaints", path: "/admin/tokens/?user=nobody&expires_from=yesterday", status: 400, primary: "[aria-invalid]" },
  { name: "tokens-blacklisted", path: "/admin/tokens/blacklisted/", primary: "summary" },
  { name: "tokens-blacklisted-empty", where: "empty", path: "/admin/tokens/blacklisted/", primary: "summary" },
  { name: "token", path: (made) => `/admin/tokens/${made.ada.jti}/`, primary: ".danger", act: openDanger },
  { name: "events", path: "/admin/events/", primary: ".actions .button" },
  { name: "events-filtered", path: (made) => `/admin/events/?sid=${made.reused.sid}`, primary: ".actions .button" },
  { name: "events-none", path: "/admin/events/?ip=10.0.0.0/8", primary: ".actions .button" },
  { name: "end-many", path: "/admin/sessions/end-many/?state=live", primary: "button.destroy" },
  { name: "end-many-no", path: "/admin/sessions/end-many/?agent=script&ip=203.0.113.99", primary: "button.destroy", act: refuseNumber },
  { name: "end-many-none", path: "/admin/sessions/end-many/?ip=10.0.0.0/8" },
  { name: "jobs", path: "/admin/jobs/" },
  { name: "jobs-empty", where: "empty", path: "/admin/jobs/" },
  { name: "job", path: "/admin/jobs/1/" },
  { name: "error", path: "/admin/nowhere/", status: 404, primary: ".button" },
  { name: "start", where: "demo", signedOut: true, path: "/", primary: ".card.primary" },
  { name: "demo", where: "demo", signedOut: true, path: "/demo/", primary: "#sign-up .primary", act: seeTheDoor },
  { name: "demo-no", where: "demo", signedOut: true, path: "/demo/", primary: "#sign-up .primary", act: refuseSignUp },
  { name: "demo-in", where: "demo", signedOut: true, path: "/demo/", primary: "#refresh", act: askTheDemo },
  { name: "demo-out", where: "demo", signedOut: true, path: "/demo/", primary: "#log-in .primary", act: leaveTheDemo },
];

async function seeTheDoor(page) {
  await page.locator("#sign-up-email").waitFor();
}

async function refuseSignUp(page) {
  const form = page.locator("#sign-up");
  await form.getByLabel("E-mail address").fill("ada@localhost..example");
  await form.getByLabel("Password").fill("12345");
  await form.getByRole("button", { name: "Sign up" }).click();
  await page.locator("#sign-up-password-complaint").waitFor();
}

async function enterTheDemo(page) {
  await page.getByRole("button", { name: "Log in" }).click();
  const form = page.locator("#log-in");
  await form.getByLabel("E-mail address").fill("ada@example.com");
  await form.getByLabel("Password").fill(PASSWORD);
  await form.getByRole("button", { name: "Log in" }).click();
  await page.locator("#devices .current").waitFor();
}

async function askTheDemo(page) {
  await enterTheDemo(page);
  await page.getByRole("button", { name: "Refresh now" }).click();
  await page.getByText("Refreshed by hand").waitFor();
  await page.getByRole("button", { name: "Ask 100 times" }).click();
  // Zero statements, unless somebody else uses the server at that moment.
  await page.locator("#verdict", { hasText: /./ }).waitFor();
}

async function leaveTheDemo(page) {
  await enterTheDemo(page);
  await page.getByRole("button", { name: "Log out here" }).click();
  await page.getByText("You are logged out.").waitFor();
}

async function openDanger(page) {
  await page.locator(".danger > summary").click();
}

async function refuseSetup(page) {
  await page.getByLabel("E-mail address").fill("ops@localhost..example");
  await page.getByLabel("Password", { exact: true }).fill("12345");
  await page.getByLabel("The same password again").fill("54321");
  // What the browser itself would complain of goes to the server all the same.
  await page.locator("form").evaluate((form) => (form.noValidate = true));
  await page.getByRole("button", { name: "Make the administrator" }).click();
  await page.locator("#password-complaints").waitFor();
}

async function refuseSignIn(page) {
  await page.getByLabel("E-mail address").fill("ops@example.com");
  await page.getByLabel("Password").fill("not my password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
}

async function openNumbers(page) {
  await page.locator("#numbers > summary").click();
}

function user({ id }, below = "") {
  return `/admin/users/${id}/${below}`;
}

async function ask(page) {
  for (const summary of await page.locator(".danger summary").all()) await summary.click();
}

async function refuseClaims(page) {
  await page.getByLabel("Claims").fill('{"exp": 1, "user_id": 2}');
  await page.getByRole("button", { name: "Change the claims" }).click();
  await page.locator("#complaints").waitFor();
}

async function refusePassword(page) {
  await page.getByLabel("New password").fill("12345");
  await page.getByLabel("The same password again").fill("54321");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.locator("#complaints").waitFor();
}

async function makeLink(page) {
  await page.getByRole("button", { name: "Make a reset link" }).click();
  await page.locator("pre.copy").first().waitFor();
}

async function refuseNumber(page) {
  await page.getByLabel("To confirm, type the number").fill("a million");
  await page.locator("button.destroy").click();
  await page.locator("#complaint").waitFor();
}
