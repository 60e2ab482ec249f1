// The user's name and password.
// @ts-check

import { forget, onSubmit } from "./forms.js";
import { element, form, part } from "./page.js";

/**
 * Lets a person change their name and password. Answers what shows the name.
 *
 * @param {import("../frontgate.js").Session} session
 */
export function showAccount(session) {
  const hasSaved = done("profile");
  const hasChanged = done("password");
  onSubmit("profile", async ({ first_name, last_name }) => {
    show(await session.changeProfile({ first_name, last_name }));
    hasSaved("Saved.");
  });
  onSubmit("password", async ({ old_password, new_password }) => {
    await session.changePassword(old_password, new_password);
    forget(form("password"));
    hasChanged("Changed. Every other device is logged out.");
  });
  return async () => {
    forget(form("password"));
    show(await session.profile());
  };
}

/** @param {import("../frontgate.js").Profile} profile */
function show({ email, first_name, last_name }) {
  /** @param {string} id @param {string} value */
  const set = (id, value) => (/** @type {HTMLInputElement} */ (part(id)).value = value);
  set("first-name", first_name);
  set("last-name", last_name);
  set("username", email);
  part("hello").textContent = first_name ? `Hello, ${first_name}` : "You are logged in";
}

/** What says that a form has done its work. @param {string} id */
function done(id) {
  const place = element("p", "done");
  place.role = "status";
  form(id).append(place);
  return (/** @type {string} */ what) => {
    place.hidden = false;
    place.textContent = what;
  };
}
