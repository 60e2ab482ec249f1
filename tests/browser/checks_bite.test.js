// The checks find what they look for: on a page that does everything wrong.

import assert from "node:assert/strict";
import { createServer } from "node:http";

import { once } from "./support/everywhere.js";
import { accessibility, overflow, primaryAction } from "./support/inspect.js";
import { watch } from "./support/watch.js";

const WRONG = `<!doctype html><html lang="en"><title>Wrong</title>
<link rel="stylesheet" href="/missing.css"><img alt="" src="http://127.0.0.2:9/elsewhere.png">
<script>document.title = "inline";</script><script src="/throws.js"></script>
<main><h1>Wrong</h1><input>
<div class="table"><table><tr><td><div class="wide">wide</div></table></div>
<table><tr><td class="slim" data-title="Address"><a href="/">ada@example.com</a></table>
<p class="cut">0123456789abcdef0123456789abcdef</p><div class="wide">wide</div><button class="low">Do it</button></main>
<link rel="stylesheet" href="/wrong.css">`;

const FILES = {
  "/": ["text/html", WRONG],
  "/throws.js": ["text/javascript", "throw new Error('thrown');"],
  "/wrong.css": ["text/css", `
    .wide { width: 2000px; } .slim { max-width: 60px; overflow-wrap: anywhere; } .low { position: absolute; top: 1500px; } .table { overflow-x: auto; width: 300px; }
    .cut { width: 50px; overflow: hidden; text-overflow: ellipsis; }`],
};

once("the checks find what they look for", async (chromium) => {
  const server = createServer((request, response) => {
    const [type, body] = FILES[request.url] ?? [];
    const headers = { "Content-Type": type ?? "text/plain", "Content-Security-Policy": "script-src 'self'" };
    response.writeHead(type ? 200 : 404, headers);
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const context = await chromium.newContext();
  try {
    const page = await context.newPage();
    const complaints = watch(page, () => origin);
    await page.goto(origin);

    const finds = (found, pattern) => assert.ok(found.some((line) => pattern.test(line)), `${pattern}: ${found}`);
    finds(complaints, /404 from .*\/missing\.css/);
    finds(complaints, /a request to http:\/\/127\.0\.0\.2:9\//);
    finds(complaints, /an exception: thrown/);
    finds(complaints, /console: .*inline script.*Content Security Policy/);
    finds(await accessibility(page), /\(label\): <input>/);
    finds(await overflow(page), /the page is \d+ px wide/);
    finds(await overflow(page), /a table scrolls sideways/);
    finds(await overflow(page), /cut, without a title.*0123456789abcdef/);
    finds(await overflow(page), /ada@example\.com breaks inside/);
    finds(await primaryAction(page, "button.low"), /ends at 15\d\d px/);
    finds(await primaryAction(page, "button.none"), /is not there/);
  } finally {
    await context.close();
    server.close();
    server.closeAllConnections();
  }
});
