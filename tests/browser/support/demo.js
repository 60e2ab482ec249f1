// The door of the demo.

import { PASSWORD } from "./person.js";

/** The address of its visitor. */
export const EMAIL = "ada@example.com";

/** Fills in one of the two forms of the door. */
export async function enter(page, name, password = PASSWORD, email = EMAIL) {
  await page.getByRole("group", { name: "New here, or not" }).getByRole("button", { name }).click();
  const form = page.locator("form", { has: page.getByRole("button", { name }) });
  await form.getByLabel("E-mail address").fill(email);
  await form.getByLabel("Password").fill(password);
  await form.getByRole("button", { name }).click();
}
