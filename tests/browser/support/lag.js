// A person and a machine that take their time: finds tests that count on how fast a step is.

/** Every step of a test begins and ends late by up to so many milliseconds, at random. */
const LAG = Number(process.env.FRONTGATE_TEST_LAG ?? 0);
if (!(LAG >= 0)) throw new Error(`FRONTGATE_TEST_LAG is "${process.env.FRONTGATE_TEST_LAG}": give milliseconds, such as 1500.`);

/** How many tests run at once, instead of `usual`: while they lag, they only wait. */
export const atOnce = (usual) => (LAG ? 2 * usual : usual);

/** Lets what is done with a browser, and with its pages, lag. */
export function lag(context) {
  if (!LAG) return;
  slow(context, ["newPage", "cookies", "addCookies", "clearCookies", "setOffline"]);
  slow(context.clock, ["install", "pauseAt", "setSystemTime", "fastForward", "runFor"]);
  context.on("page", (page) => {
    slow(page, ["goto", "goBack", "evaluate", "waitForFunction"]);
    slow(page.locator("body"), ["click", "fill", "check", "press"]);
  });
}

/** All objects of a kind share what they can do, so each kind is done once. */
function slow(object, names) {
  const kind = Object.getPrototypeOf(object);
  for (const name of names) {
    const act = kind[name];
    if (act.isSlow) continue;
    kind[name] = async function (...words) {
      await late();
      return act.apply(this, words).finally(late);
    };
    kind[name].isSlow = true;
  }
}

const late = () => new Promise((done) => setTimeout(done, Math.random() * LAG));
