// Every page of the admin: what every_page.test.js looks at, and scripts/screenshots shows.
// A new page is a line here.
//
//   name      of its screenshots
//   path      a path, or a function that makes one from what is there: see `makeHistory`
//   where     on which server: on one where history was made, unless it says "empty" (nobody but
//             the operator is there) or "new" (nobody at all)
//   signedOut whoever looks is not signed in
//   status    of the answer, where it is not 200
//   primary   what must be seen without scrolling: a selector
//   act       what is done on the page before it is looked at

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
  { name: "error", path: "/admin/nowhere/", status: 404, primary: ".button" },
];

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
