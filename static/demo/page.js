// The parts of the page, by their ids.
// @ts-check

/** The element with this id. @param {string} id */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

/** The form with this id. @param {string} id */
export const form = (id) => /** @type {HTMLFormElement} */ (part(id));

/**
 * Calls `act` when the button with this id is pressed. Until `act` is done, pressing it again does
 * nothing; what it fails with goes to `failed`.
 *
 * @param {string} id
 * @param {() => Promise<unknown>} act
 * @param {(error: unknown) => void} failed
 */
export function onPress(id, act, failed) {
  const button = part(id);
  button.addEventListener("click", () => busy(button, act).catch(failed));
}

/**
 * Runs `act` unless the button is busy already. It keeps the focus meanwhile, as a disabled one would not.
 *
 * @param {HTMLElement} button
 * @param {() => Promise<unknown>} act
 */
export async function busy(button, act) {
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true";
  try {
    await act();
  } finally {
    button.ariaDisabled = "false";
  }
}

/**
 * An element with this class and content.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {...(string | Node)} content
 */
export function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}
