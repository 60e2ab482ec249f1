// Forms that a script sends: what is wrong is said beside the field.
// @ts-check

import { fill } from "./notice.js";
import { busy, element, form } from "./page.js";

/**
 * Calls `act` with what was typed when the form is sent, and shows what it fails with.
 *
 * @param {string} id
 * @param {(values: Record<string, string>) => Promise<void>} act
 */
export function onSubmit(id, act) {
  const sent = form(id);
  const button = /** @type {HTMLElement} */ (sent.querySelector("[type=submit]"));
  const notice = element("div", "notice");
  notice.role = "alert";
  notice.hidden = true;
  sent.prepend(notice);
  sent.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(sent)));
    busy(button, async () => {
      clearComplaints(sent);
      try {
        await act(values);
      } catch (error) {
        complain(sent, notice, error);
      }
    });
  });
}

/** Takes away every complaint, and what was typed into password fields. @param {HTMLFormElement} sent */
export function forget(sent) {
  clearComplaints(sent);
  for (const input of inputs(sent)) if (input.type === "password") input.value = "";
}

/** @param {HTMLFormElement} sent @returns {HTMLInputElement[]} */
const inputs = (sent) => [...sent.querySelectorAll("input")];

/** @param {HTMLFormElement} sent */
function clearComplaints(sent) {
  for (const old of sent.querySelectorAll(".complaint")) old.remove();
  for (const old of /** @type {NodeListOf<HTMLElement>} */ (sent.querySelectorAll(".notice, .done"))) old.hidden = true;
  for (const input of inputs(sent)) {
    input.ariaInvalid = null;
    describe(input, undefined);
  }
}

/** @param {HTMLFormElement} sent @param {HTMLElement} notice @param {unknown} error */
function complain(sent, notice, error) {
  const { fields = {} } = /** @type {{ fields?: Record<string, string[]> }} */ (error);
  const wrong = inputs(sent).filter(({ name }) => fields[name]);
  for (const input of wrong) {
    const complaint = element("p", "complaint", ...fields[input.name].map((line) => element("span", "", line)));
    complaint.id = `${input.id}-complaint`;
    input.after(complaint);
    input.ariaInvalid = "true";
    describe(input, complaint.id);
  }
  if (wrong.length > 0) wrong[0].focus();
  else fill(notice, error);
}

/** Names the complaint as what describes the input, beside its hint. @param {HTMLInputElement} input @param {string | undefined} id */
function describe(input, id) {
  const hint = input.parentElement?.querySelector(".hint")?.id;
  const ids = [id, hint].filter((known) => known).join(" ");
  if (ids) input.setAttribute("aria-describedby", ids);
  else input.removeAttribute("aria-describedby");
}
