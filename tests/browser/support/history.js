// Made-up data, made by really doing it: people sign up, log in, refresh, forget their
// passwords, lose a laptop. On SQLite over three weeks, on PostgreSQL all at once.

import assert from "node:assert/strict";

import { OPERATOR } from "./operator.js";
import { PASSWORD, Person } from "./person.js";

const DEVICES = {
  laptop: "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
  office: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
  phone: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  tablet: "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
  mac: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  program: "python-requests/2.32.5",
  // What somebody writes to see what it does to whoever reads it, and a very long one.
  hostile: "<script>alert('user agent')</script>\"'><img src=x onerror=alert(1)>",
  endless: `Mozilla/5.0 (${"X".repeat(380)})`,
};
/** Who has one session on one device and refreshes it now and then. */
const REGULARS = [
  ["alan@example.com", "office", "192.0.2.20"],
  ["barbara@example.org", "mac", "192.0.2.21"],
  ["edsger@example.net", "laptop", "198.51.100.4"],
  ["frances@example.com", "phone", "2001:db8:85a3:8d3:1319:8a2e:370:7348"],
  ["grace@example.org", "office", "192.0.2.20"],
  ["hedy@example.com", "tablet", "203.0.113.77"],
  ["joan@example.com", "mac", "198.51.100.30"],
  ['"<b>not-bold</b>"@example.com', "hostile", "203.0.113.99"],
  [`${"a-very-long-address-".repeat(3)}@${"subdomain.".repeat(8)}example.com`, "endless", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"],
];

/** Lets Ada be logged in with two devices, for the demo. */
export async function makeDevices(server) {
  const phone = new Person(server, "ada@example.com", { userAgent: DEVICES.phone, ip: "192.0.2.7" });
  const office = new Person(server, phone.email, { userAgent: DEVICES.office, ip: "2001:db8:85a3:8d3:1319:8a2e:370:7348" });
  await server.restart({}, "3d");
  await all([phone], 201, (one) => one.signUp());
  await server.restart({}, "5h");
  await all([office], 200, (one) => one.logIn());
  await server.restart({});
  return {};
}

/** Fills an empty server, and answers what the pages in `pages.js` are about. */
export async function makeHistory(server) {
  const person = (email, device, ip) => new Person(server, email, { userAgent: DEVICES[device], ip });
  const regulars = REGULARS.map((regular) => person(...regular));
  const ada = person("ada@example.com", "phone", "192.0.2.7");
  const laptop = person(ada.email, "laptop", "192.0.2.7");
  const mary = person("mary@example.com", "office", "192.0.2.40");

  await server.restart({}, "20d");
  await server.command(["createsuperuser", "--email", OPERATOR, "--password-stdin"], PASSWORD);
  await all([ada, ...regulars.slice(0, 5)], 201, (one) => one.signUp());

  await server.restart({}, "6d");
  await all([mary, ...regulars.slice(5)], 201, (one) => one.signUp());
  await all([laptop], 200, (one) => one.logIn());

  await server.restart({}, "3d");
  await all([laptop, ...regulars.slice(5)], 200, (one) => one.refresh());
  await all(regulars.slice(0, 5), 200, (one) => one.logIn());
  await all([person("alan@example.com", "phone", "203.0.113.8")], 404, (one) => one.logIn("not my password"));

  await server.restart({}, "1d");
  laptop.ip = "198.51.100.23";
  await all([laptop, ...regulars.slice(0, 6)], 200, (one) => one.refresh());
  await all([regulars[3]], 200, (one) => one.logOut());

  // Somebody has a copy of the laptop's cookies, and claims its successor in time, from elsewhere.
  await server.restart({}, "5h");
  const thief = laptop.copy({ ip: "203.0.113.66", userAgent: DEVICES.program });
  await all([laptop, thief], 200, (one) => one.refresh());
  await all([laptop], 200, (one) => one.refresh());

  // The next time they come too late.
  await server.restart({ refresh_grace: "0s" }, "2h");
  await all([thief], 401, (one) => one.refresh());

  await server.restart({}, "25m");
  const guesser = person(mary.email, "program", thief.ip);
  await all(Array(101).fill(guesser), 404, (one) => one.logIn("a guess"));
  await all(regulars.slice(4, 6), 200, (one) => one.refresh());
  await server.command(["users", "deactivate", "--email", mary.email]);
  const robot = () => person("robot@example.net", "program", "203.0.113.80");
  await all([robot()], 201, (one) => one.signUp());
  await all([robot(), robot()], 200, (one) => one.logIn());
  await server.command(["sessions", "revoke", "--network", "203.0.113.80/28", "--user-agent", "python", "--yes"]);

  await server.restart();
  await all([ada, ...regulars.slice(6)], 200, (one) => one.logIn());
  await all([ada], 200, (one) => one.refresh());
  const about = (one) => ({ id: one.access.user_id, email: one.email, sid: one.access.sid, jti: one.refreshToken.jti });
  const endless = about(regulars.at(-1));
  return { ada: about(ada), inactive: about(mary), endless, reused: about(laptop), ip: thief.ip };
}

/** Lets everyone do something, one after the other, and checks that they get this answer. */
async function all(people, status, act) {
  for (const one of people) {
    const answer = await act(one);
    assert.equal(answer.status, status, `${one.email}: ${answer.body}`);
  }
}
