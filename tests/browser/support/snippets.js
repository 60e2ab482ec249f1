// The fenced blocks of a page of the documentation, which a test does one after the other.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./server.js";

/** What names the file that the next block is. */
const FILE = /`([\w./-]+)`:$/;

/**
 * The blocks of a page, by its path: the `language`, the `text`, and the `file` that it is, where the line before it ends
 * with its name and a colon.
 */
export function snippetsOf(path) {
  const page = readFileSync(join(ROOT, path), "utf8");
  return page
    .split(/^```/m)
    .map((part, number, parts) => ({ part, isBlock: number % 2 === 1, before: parts[number - 1]?.trim() }))
    .filter(({ isBlock }) => isBlock)
    .map(({ part, before }) => {
      const [language, ...lines] = part.split("\n");
      return { language, text: lines.join("\n"), file: FILE.exec(before)?.[1] };
    });
}

/** What a block says that it prints: the comments behind `console.log(…);`. */
export const printedBy = (text) => [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, printed]) => printed);
