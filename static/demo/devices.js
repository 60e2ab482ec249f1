// Where the user is logged in, and ending it.
// @ts-check

import { busy, element, onPress, part } from "./page.js";
import { past } from "./times.js";

/**
 * Shows the devices, and lets a person end their sessions. Answers what looks again.
 *
 * @param {import("../frontgate.js").Session} session
 * @param {(why: string) => void} leaving  is told why, before this session ends
 * @param {(error: unknown) => void} failed  is told what came of it where it did not
 */
export function showDevices(session, leaving, failed) {
  const look = async () => part("devices").replaceChildren(...(await session.sessions()).map(line));

  /** @param {import("../frontgate.js").Device} device */
  function line({ id, device, ip, current, created_at, last_seen_at }) {
    const name = element("strong", "", device);
    const facts = element("span", "soft", ip ? `${ip} · ` : "", "seen ", past(last_seen_at), " · logged in ", past(created_at));
    const end = element("button", "", "End");
    end.type = "button";
    end.setAttribute("aria-label", `End the session of ${device}${current ? ", this device" : ""}`);
    end.addEventListener("click", () =>
      busy(end, async () => {
        if (current) leaving("You have ended the session of this device.");
        await session.endSession(id);
        if (current) return;
        await look();
        said(`${device} is logged out: its next request is refused.`);
        part("places").focus();
      }).catch(failed),
    );
    const what = element("div", "", name, " ", ...(current ? [element("span", "badge", "this device")] : []), facts);
    return element("li", current ? "current" : "", what, end);
  }

  onPress("look", look, failed);
  onPress("log-out-others", async () => {
    const ended = await session.logOutOthers();
    await look();
    said(ended === 0 ? "You were logged in nowhere else." : `${ended === 1 ? "One other device is" : `${ended} other devices are`} logged out.`);
  }, failed);
  onPress("log-out-everywhere", async () => {
    leaving("You are logged out on every device.");
    await session.logOutEverywhere();
  }, failed);
  return look;
}

/** @param {string} what */
function said(what) {
  part("ended").textContent = what;
}
