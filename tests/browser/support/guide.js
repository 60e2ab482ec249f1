// docs/where-your-app-lives.md, whose blocks are tried out here.

import assert from "node:assert/strict";

import { snippetsOf } from "./snippets.js";

const SNIPPETS = snippetsOf("docs/where-your-app-lives.md");
const BLOCKS = new Map(SNIPPETS.map(({ name, text }) => [name, text]));

/** The names of its blocks, in their order; undefined is that of one without. */
export const BLOCK_NAMES = SNIPPETS.map(({ name }) => name);

/** A block of it, with names and numbers as they are in this test: `{ "app.example.com": "app.example.test:4711" }`. */
export function block(name, here = {}) {
  let text = BLOCKS.get(name);
  assert.ok(text, `The page has no block ${name}.`);
  for (const [there, value] of Object.entries(here)) {
    assert.ok(text.includes(there), `The block ${name} does not say ${there} any more.`);
    text = text.replaceAll(there, value);
  }
  return text;
}

/** A block of `FRONTGATE_…` lines, as `Server.restart` takes them. */
export function settings(name, here) {
  const lines = block(name, here).trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => {
      const [, key, value] = /^FRONTGATE_([A-Z_]+)=(\S+)$/.exec(line);
      return [key.toLowerCase(), value];
    }),
  );
}
