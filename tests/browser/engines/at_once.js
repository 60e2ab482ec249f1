// Tabs whose access cookie is gone, and that find out together.

/** What the front has passed on of a refresh that went well. */
export const REFRESHED = "POST /api/v1/users/refresh/ 200";

/** The refreshes that were passed on since something was last asked of `passed`. */
export const refreshes = (app) => app.passed("refresh/");

/** What a tab gets when it asks for what needs a session. What may be kept, Firefox asks for one after the other. */
export const status = (tab) =>
  tab.evaluate(() => session.fetch("/api/v1/users/", { cache: "no-store" }).then((answer) => answer.status));

/** The same of all tabs: each of them is refused before the first one hears of it. */
export async function statusAtOnce(app) {
  const held = app.tabs.map(() => app.front.holdAnswer("/users/"));
  const answered = Promise.all(app.tabs.map(status));
  await Promise.all(held.map(({ hasCome }) => hasCome));
  for (const { letGo } of held) letGo();
  return answered;
}
