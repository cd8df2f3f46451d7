/**
 * What a check writes. Node's streams take longer to load than most plans take to check, so they are left out where
 * standard output is a file or a pipe that takes everything.
 */
import { fstatSync, writeSync } from 'node:fs';

const STDOUT = 1;

/** What cannot be written at once (a full pipe that must not block) or at all (a closed one) is the stream's business. */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(STDOUT, bytes, written);
  } catch {
    process.stdout.write(bytes.subarray(written));
  }
}

/** https://no-color.org and the usual FORCE_COLOR; otherwise on terminals, and in the logs of CI. */
function hasColor(): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM, CI } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR || CI) return true;
  return TERM !== 'dumb' && isTerminal();
}

/** A file or a pipe needs no stream to say that it is none. */
function isTerminal(): boolean {
  const maybe = process.platform === 'win32' || fstatSync(STDOUT).isCharacterDevice();
  return maybe && process.stdout.isTTY;
}

let color: boolean | undefined;

/** ECMA-48 "select graphic rendition". */
function rendition(on: number, off: number): (text: string) => string {
  return (text) => {
    color ??= hasColor();
    return color ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  };
}

export const bold = rendition(1, 22);
export const dim = rendition(2, 22);
export const red = rendition(31, 39);
export const yellow = rendition(33, 39);
