// What scripts/benchmark-tabs runs: how long after a log-out in one tab the others show it.

import { startChromium } from "./support/chromium.js";
import { World } from "./support/everywhere.js";
import { App } from "./support/tabs.js";

const TIMES = 100;
const TABS = 5;

const chromium = await startChromium(["chromium"]);
try {
  await World.within(chromium, "SQLite", { javaScript: true, title: "benchmark" }, async (world) => {
    const app = await App.open(world, { tabs: TABS });
    await app.signUp();
    const [first, ...others] = app.tabs;
    const after = [];
    for (let time = 0; time < TIMES; time += 1) {
      // Moments by the one clock of the machine, in milliseconds.
      const seen = others.map((tab) =>
        tab.evaluate(
          () =>
            new Promise((done) => {
              const stop = session.user.subscribe((user) => {
                if (user !== null) return;
                done(performance.timeOrigin + performance.now());
                setTimeout(() => stop());
              });
            }),
        ),
      );
      await Promise.all(others.map((tab) => tab.evaluate(() => session.user.value)));
      const asked = await first.evaluate(() => {
        const moment = performance.timeOrigin + performance.now();
        return session.logOut().then(() => moment);
      });
      for (const moment of await Promise.all(seen)) after.push(moment - asked);
      await app.logIn();
    }
    after.sort((a, b) => a - b);
    const share = (part) => after[Math.min(after.length - 1, Math.floor(after.length * part))].toFixed(1);
    console.log(
      `from session.logOut() in one tab to "nobody" in ${TABS - 1} others, ${TIMES} times: ` +
        `median ${share(0.5)} ms, p99 ${share(0.99)} ms, most ${share(1)} ms`,
    );
  });
} finally {
  await chromium.close();
}
