// An operator who gets in without filling in a form, for tests that are about what follows.

import { PASSWORD } from "./person.js";

/** The address of the operator. */
export const OPERATOR = "ops@example.com";

/** Makes the first administrator by the printed link, and answers their cookie. */
export async function firstAdministrator(server, email = OPERATOR) {
  const link = new URL(await server.setupLink());
  const token = link.searchParams.get("token");
  return cookieOf(server, "/admin/setup/", { token, email, password: PASSWORD, password_again: PASSWORD });
}

/** Signs in a member of the staff, and answers their cookie. */
export function signedIn(server, email = OPERATOR) {
  return cookieOf(server, "/admin/login/", { email, password: PASSWORD });
}

async function cookieOf(server, page, fields) {
  const answer = await fetch(server.url + page, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  const set = answer.headers.getSetCookie()[0] ?? "";
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(set) ?? [];
  if (answer.status !== 303 || !value) throw new Error(`${page} let nobody in: ${answer.status}\n${await answer.text()}`);
  const [, path] = /; Path=([^;]+)/.exec(set);
  const domain = new URL(server.url).hostname;
  return { name, value, domain, path, secure: set.includes("; Secure"), httpOnly: true, sameSite: "Lax" };
}
