// Signing up and logging in.
// @ts-check

import { forget, onSubmit } from "./forms.js";
import { form, part } from "./page.js";

/** @type {("sign-up" | "log-in")[]} */
const FORMS = ["sign-up", "log-in"];

/** Lets a person sign up and log in. @param {import("../frontgate.js").Session} session */
export function showDoor(session) {
  onSubmit("sign-up", async ({ email, password }) => void (await session.signUp(email, password)));
  onSubmit("log-in", async ({ email, password }) => void (await session.logIn(email, password)));
  for (const button of switches()) {
    button.addEventListener("click", () => choose(button.dataset.shows));
  }
}

/** Shows one of the forms, with the address that was typed into the other. @param {string | undefined} shown */
export function choose(shown) {
  const email = FORMS.map((id) => emailIn(id).value).find((typed) => typed);
  for (const id of FORMS) {
    form(id).hidden = id !== shown;
    forget(form(id));
    emailIn(id).value = email ?? "";
  }
  for (const button of switches()) button.ariaPressed = `${button.dataset.shows === shown}`;
}

/** @param {string} why  empty where nobody left */
export function say(why) {
  part("why").textContent = why;
  part("why").hidden = !why;
}

/** @returns {NodeListOf<HTMLElement>} */
const switches = () => document.querySelectorAll("[data-shows]");

/** @param {string} id */
const emailIn = (id) => /** @type {HTMLInputElement} */ (part(`${id}-email`));
