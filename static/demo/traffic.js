// What this tab asks of the user endpoints: how often, and what came of it.
// @ts-check

/** What brings a new access token, by the path below the user endpoints. @type {Record<string, string>} */
const CAUSES = {
  "create/": "Signed up",
  "login/": "Logged in",
  "refresh/": "Silent refresh",
  "password/": "Password changed",
  "profile/": "Profile changed",
};

/**
 * The browser's fetch for `createSession`, and what can be known of what went through it.
 *
 * @param {string} users  the path of the user endpoints
 */
export function watchTraffic(users) {
  let answered = 0;
  /** @type {string | undefined} */
  let cause;
  /** @type {Set<Promise<unknown>>} */
  const underWay = new Set();

  /** @type {typeof fetch} */
  async function send(input, init) {
    const asked = globalThis.fetch(input, init);
    underWay.add(asked);
    try {
      const answer = await asked;
      const path = new URL(answer.url).pathname.slice(users.length);
      answered += 1;
      if (answer.headers.has("X-Access-Expires-In")) cause = CAUSES[path];
      return answer;
    } finally {
      underWay.delete(asked);
    }
  }

  return {
    send,
    /** How many requests were answered so far. */
    get answered() {
      return answered;
    },
    /** Resolves when nothing is under way. */
    async quiet() {
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
    /** What brought the newest access token, once; undefined where another tab did. */
    takeCause() {
      const taken = cause;
      cause = undefined;
      return taken;
    },
  };
}
