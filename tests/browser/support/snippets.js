// The fenced blocks of a page of the documentation, which tests do.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./server.js";

/** What is before a block: the file that it is, or its name. */
const FILE = /`([\w./-]+)`:$/;
const NAME = /<!-- block: (\S+) -->$/;

/**
 * The blocks of a page, by its path: the `language`, the `text`, the `file` that it is, where the line before it ends
 * with the file's name and a colon, and its `name`, where that line is a comment that says it.
 */
export function snippetsOf(path) {
  const page = readFileSync(join(ROOT, path), "utf8");
  return page
    .split(/^```/m)
    .map((part, number, parts) => ({ part, isBlock: number % 2 === 1, before: parts[number - 1]?.trim() }))
    .filter(({ isBlock }) => isBlock)
    .map(({ part, before }) => {
      const [language, ...lines] = part.split("\n");
      return { language, text: lines.join("\n"), file: FILE.exec(before)?.[1], name: NAME.exec(before)?.[1] };
    });
}

/** What a block says that it prints: the comments behind `console.log(…);`. */
export const printedBy = (text) => [...text.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, printed]) => printed);
