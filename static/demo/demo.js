// The demo: what an app does with frontgate.js, and what one can see of it.
// @ts-check

import { createSession } from "../frontgate.js";
import { showAccount } from "./account.js";
import { ask, startCounting, whoAmI } from "./cost.js";
import { showDevices } from "./devices.js";
import { choose, say, showDoor } from "./door.js";
import { forgetEvents, showLife, tell } from "./living.js";
import { clearNotice, isPassing, showNotice } from "./notice.js";
import { onPress, part } from "./page.js";
import { watchTraffic } from "./traffic.js";

/** How often the page asks who is logged in, in milliseconds: it costs next to nothing. */
const PULSE = 2000;
/** Why nobody is logged in any more, where this tab did not ask for it. */
const ENDED = "Your session has ended. Log in again.";
const ELSEWHERE = "You were logged out in another tab. Log in again.";

const users = part("demo").dataset.users ?? "";
const traffic = watchTraffic(users);
const session = createSession({ baseUrl: users, fetch: traffic.send });

/** Why this tab is about to log out. */
let leaving = "";
/** Whether somebody was logged in when this tab last knew; undefined: it has not known yet. @type {boolean | undefined} */
let wasInside;
/** @type {(() => Promise<void>) | undefined} */
let count;
/** Whether the page is still finding out. */
let isOpening = true;
let isByHand = false;
let isBeating = false;
/** Whether the server did not answer the last time. */
let isAway = false;

part("wait").hidden = false;
showDoor(session);
showLife(session);
const showName = showAccount(session);
const look = showDevices(session, (why) => (leaving = why), failed);

onPress("log-out", async () => {
  leaving = "You are logged out.";
  await session.logOut();
}, failed);
onPress("refresh", async () => {
  isByHand = true;
  await session.refresh().finally(() => (isByHand = false));
}, failed);
onPress("ask", async () => {
  await ask(session, traffic, users);
  await count?.();
}, failed);

session.user.subscribe((user) => {
  if (user === undefined) return;
  part("wait").hidden = true;
  part("outside").hidden = !!user;
  part("inside").hidden = part("who").hidden = !user;
  if (user) enter(user.email);
  else leave();
  wasInside = !!user;
});

let expiredAt = session.expiresAt.value;
session.expiresAt.subscribe((expires) => {
  const cause = traffic.takeCause();
  const isNew = expiredAt === undefined;
  expiredAt = expires;
  if (!expires) return;
  if (cause) tell(isByHand ? "Refreshed by hand" : cause, "this tab");
  else if (isOpening) tell("Found you logged in", "this tab");
  else tell(isNew ? "Logged in" : "New tokens", "another tab");
  if (!isNew) look().catch(failed);
});

session.ready.catch(failed).finally(() => (isOpening = false));
setInterval(beat, PULSE);

/** @param {unknown} error */
function failed(error) {
  leaving = "";
  isAway = isPassing(error);
  showNotice(error);
}

/** @param {string} email */
function enter(email) {
  part("email").textContent = part("email").title = email;
  leaving = "";
  if (wasInside) return;
  clearNotice();
  part("since").textContent = wasInside === undefined ? "Since this page was opened" : "Since you logged in";
  if (wasInside === false) part("hello").focus();
  beat();
}

function leave() {
  clearNotice();
  count = undefined;
  forgetEvents();
  for (const id of ["answered", "median", "statements"]) part(id).textContent = "–";
  for (const id of ["verdict", "ended"]) part(id).textContent = "";
  if (!wasInside) return;
  choose("log-in");
  say(leaving || (session.reason.value === "ended" ? ENDED : ELSEWHERE));
  leaving = "";
  part("door").focus();
}

/** Shows that the session lives, and finds out when somebody has ended it. */
async function beat() {
  if (isBeating || document.hidden || !session.user.value) return;
  isBeating = true;
  try {
    if (count) await whoAmI(session, users);
    else await load();
    await count?.();
    if (isAway) clearNotice();
    isAway = false;
  } catch (error) {
    failed(error);
  } finally {
    isBeating = false;
  }
}

/** What is shown of the user, once. */
async function load() {
  await Promise.all([look(), showName()]);
  count = await startCounting(traffic);
}
