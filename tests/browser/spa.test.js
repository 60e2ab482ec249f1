// docs/spa.md: whoever does what it says has an app that people log in to.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { on, once } from "./support/everywhere.js";
import { Front } from "./support/front.js";
import { Newcomer } from "./support/newcomer.js";
import { PASSWORD } from "./support/person.js";
import { ROOT } from "./support/server.js";
import { printedBy, snippetsOf } from "./support/snippets.js";

on(["SQLite"], "every snippet of docs/spa.md is done in order, and people log in to the app", async (world) => {
  // Their addresses in the test: Frontgate, the app's own API, and what is before both when the app is built.
  const front = await Front.of(world);
  const here = (text) => text.replaceAll("http://127.0.0.1:8000", world.server.url).replaceAll("http://127.0.0.1:3000", front.url());
  const newcomer = await Newcomer.sitsDown(world);
  const context = await world.newContext();
  const tab = await context.newPage();
  const complaints = [];
  context.on("weberror", (error) => complaints.push(error.error().message));

  let done = 0;
  for (const { language, text, file } of snippetsOf("docs/spa.md")) {
    if (text === "cargo run\n") {
      // It runs already: the world's server.
    } else if (text === "npm run dev\n") {
      await tab.goto(await newcomer.starts(text, /http:\/\/localhost:\d+\//));
      await signsUp(tab);
    } else if (text === "npm run build\n") {
      await newcomer.types(text);
      front.serve("/app-as-built/", newcomer.at("dist"));
      front.serve("/assets/", newcomer.at("dist/assets"));
      await logsIn(context, `${front.url()}/app-as-built/`);
    } else if (language === "sh") {
      await newcomer.types(text);
    } else if (language === "html") {
      front.at(`/${file}`, (_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end(text));
      await showsWithoutBuild(context, `${front.url()}/${file}`);
    } else if (file) {
      await newcomer.writes(file, here(text));
    } else {
      assert.equal(language, "js");
      await prints(tab, text);
    }
    done += 1;
  }
  assert.equal(done, 13, "a snippet was added or taken away: look whether it is run");
  assert.deepEqual(complaints, []);
});

async function signsUp(tab) {
  await tab.getByLabel("E-mail address").fill("ada@example.com");
  await tab.getByLabel("Password").fill("short");
  await tab.getByRole("button", { name: "Sign up" }).click();
  await tab.getByRole("alert").filter({ hasText: "This password is too short." }).waitFor();
  await tab.getByLabel("Password").fill(PASSWORD);
  await tab.getByRole("button", { name: "Sign up" }).click();
  await tab.getByText("Logged in as ada@example.com").waitFor();
}

/** Cookies do not know ports, so it is another host that the built app is looked at on. */
async function logsIn(context, url) {
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.getByLabel("E-mail address").fill("ada@example.com");
  await tab.getByLabel("Password").fill(PASSWORD);
  await tab.getByRole("button", { name: "Log in" }).click();
  await tab.getByText("Logged in as ada@example.com").waitFor();
  await tab.close();
}

/** Whoever is logged in at 127.0.0.1 is shown there, and logged out again by the page's own session. */
async function showsWithoutBuild(context, url) {
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.getByRole("heading", { name: "Hello, ada@example.com" }).waitFor();
  await tab.evaluate(() => fetch("/api/v1/users/logout/", { method: "POST", headers: { "Content-Type": "application/json" } }));
  await tab.reload();
  await tab.getByRole("heading", { name: "Nobody is logged in" }).waitFor();
  await tab.close();
}

/** Runs a snippet in the app that is being developed, and compares what it prints. */
async function prints(tab, text) {
  const printed = await tab.evaluate(async (snippet) => {
    const { session } = await import("/src/session.js");
    const lines = [];
    const inWords = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
    const console = { log: (...values) => lines.push(values.map(inWords).join(" ")) };
    const run = new Function("session", "console", `return (async () => { ${snippet} })();`);
    await run(session, console);
    return lines;
  }, text);
  assert.deepEqual(printed, printedBy(text), text);
  assert.notEqual(printed.length, 0, text);
}

for (const page of ["README.md", "clients/js/README.md"]) {
  on(["SQLite"], `the lines of code in ${page} log in and reach the app's API`, async (world) => {
    const [snippet, ...others] = snippetsOf(page).filter(({ language }) => language === "js");
    assert.deepEqual(others, []);
    const front = await Front.of(world);
    const imports = JSON.stringify({ imports: { frontgate: "/static/frontgate.js" } });
    const module = `${snippet.text}; document.title = "done";`;
    const html = `<!doctype html><script type="importmap">${imports}</script><script type="module">${module}</script>`;
    front.at("/page/", (_, answer) => answer.writeHead(200, { "Content-Type": "text/html" }).end(html));
    await world.person("ada@example.com").signUp();
    const tab = await (await world.newContext()).newPage();
    await tab.goto(`${front.url()}/page/`);
    await tab.waitForFunction(() => document.title === "done");
    assert.deepEqual(front.orders, ["GET 200 "]);
  });
}

once("the table of errors in docs/spa.md has every code, in the order of frontgate.d.ts", async () => {
  const types = await readFile(join(ROOT, "clients/js/src/frontgate.d.ts"), "utf8");
  const [, union] = /export type ErrorCode =([^;]*);/.exec(types);
  const codes = [...union.matchAll(/"(\w+)"/g)].map(([, code]) => code);
  const page = await readFile(join(ROOT, "docs/spa.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code);
  assert.deepEqual(rows, codes);
});
