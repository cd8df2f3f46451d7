/**
 * One generated file, and how it is told from a user's: the banner opens a comment in its first five lines. A file with
 * the banner may be overwritten and, in a folder that flatlan owns, removed.
 */
import { BANNER } from '../banner.ts';

export interface GeneratedFile {
  /** Relative to the root, with forward slashes, without `.` and `..`. */
  readonly path: string;
  /** The whole text, with the banner within its first five lines. */
  readonly content: string;
}

const LINES = 5;
const CHARACTERS = 4096;

/** The banner is within this many bytes of a file's start, so a large file is never read as a whole. */
export const HEAD_BYTES = CHARACTERS * 3;

// Only a comment's opening may come before it, so that a user's file with these words in a sentence is not overwritten:
// `# `, `! `, `<!-- `, `{{- /* `, `"$comment": "`, `{"$comment":"`.
const OPENING = new RegExp(String.raw`^\W*(?:comment\W+)?${BANNER}\b`);

/** Whether a file with this text (its head is enough) is generated. */
export function isOurs(content: string): boolean {
  return content
    .slice(0, CHARACTERS)
    .split('\n', LINES)
    .some((line) => OPENING.test(line));
}
