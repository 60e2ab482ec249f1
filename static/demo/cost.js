// What requests cost: their time, and the statements that the server counts.
// @ts-check

import { FrontgateError } from "../frontgate.js";
import { part } from "./page.js";

/** So many questions are asked. */
const QUESTIONS = 100;

/** What the server has spent on requests so far, in statements. Asking adds nothing. @returns {Promise<number>} */
export async function statements() {
  const answer = await fetch("/demo/statements");
  return (await answer.json()).statements;
}

/**
 * Asks the server who is logged in. It fails when there is no answer to that; nobody is one.
 *
 * @param {import("../frontgate.js").Session} session
 * @param {string} users
 */
export async function whoAmI(session, users) {
  const answer = await session.fetch(users);
  await answer.arrayBuffer();
  if (answer.ok || answer.status === 401) return answer.ok;
  throw new FrontgateError("unavailable", `It answered ${answer.status}. It is asked again in a moment.`);
}

/**
 * Asks the server a hundred times who is logged in, and shows what it took.
 *
 * @param {import("../frontgate.js").Session} session
 * @param {ReturnType<typeof import("./traffic.js").watchTraffic>} traffic
 * @param {string} users
 */
export async function ask(session, traffic, users) {
  // What this page has begun is no part of it.
  await traffic.quiet();
  const before = await statements();
  const times = [];
  while (times.length < QUESTIONS) {
    const sent = performance.now();
    if (!(await whoAmI(session, users))) return;
    times.push(performance.now() - sent);
    part("answered").textContent = `${times.length}`;
  }
  const spent = (await statements()) - before;
  const median = times.sort((a, b) => a - b)[QUESTIONS / 2];
  part("median").textContent = `${median.toFixed(1)} ms`;
  part("statements").textContent = `${spent}`;
  part("verdict").textContent = verdict(spent);
}

/** @param {number} spent */
function verdict(spent) {
  if (spent === 0) return `${QUESTIONS} requests were answered, and the database was not asked once.`;
  const what = spent === 1 ? "One statement" : `${spent} statements`;
  return `${what} came between: a refresh, or a request of somebody else. Ask once more.`;
}

/** Counts requests and statements from now on. @param {ReturnType<typeof import("./traffic.js").watchTraffic>} traffic */
export async function startCounting(traffic) {
  const answered = traffic.answered;
  const spent = await statements();
  return async () => {
    part("requests").textContent = `${traffic.answered - answered}`;
    // A server that was restarted began anew.
    part("spent").textContent = `${Math.max(0, (await statements()) - spent)}`;
  };
}
