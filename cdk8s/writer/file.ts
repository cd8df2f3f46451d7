/**
 * One generated file, and how it is told from a person's: the banner opens a comment in its first five lines. What carries
 * it may be overwritten and, in a folder that belongs to the generator, removed.
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

/** A banner is within this many bytes of a file's start, so that a large file of a person is never read whole. */
export const HEAD_BYTES = CHARACTERS * 3;

// Only a comment's opening may come before it, so that a person's sentence with these words does not cost them the file:
// `# `, `! `, `<!-- `, `{{- /* `, `"$comment": "`, `{"$comment":"`.
const OPENING = new RegExp(String.raw`^\W*(?:comment\W+)?${BANNER}\b`);

/** Whether a file with this text (its head is enough) is generated and not a person's. */
export function isOurs(content: string): boolean {
  return content
    .slice(0, CHARACTERS)
    .split('\n', LINES)
    .some((line) => OPENING.test(line));
}
