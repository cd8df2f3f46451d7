/** One pattern of names: `node{1..100}`. */
import { quoted } from '../address/quoted.ts';

/** What Kubernetes is made for (kubernetes.io, "Considerations for large clusters"); a slip of the finger must not fill the memory. */
export const MAX_NODES = 5000;

export interface Pattern {
  readonly before: string;
  readonly first: number;
  readonly last: number;
  readonly after: string;
}

export interface PatternRefusal {
  readonly problem: string;
  /** The rule's own where absent. */
  readonly remedy?: string;
}

export function countOf({ first, last }: Pattern): number {
  return last - first + 1;
}

/** Each name with its number. */
export function* namesOf({ before, first, last, after }: Pattern): Iterable<readonly [name: string, number: string]> {
  for (let number = first; number <= last; number++) yield [`${before}${number}${after}`, String(number)];
}

/** Names have no braces, so whatever has one was meant as a pattern. */
export function isPattern(key: string): boolean {
  return /[{}]/.test(key);
}

export function parsePattern(key: string): Pattern | PatternRefusal {
  const shown = quoted(key);
  const match = /^([^{}]*)\{([0-9]+)\.\.([0-9]+)\}([^{}]*)$/.exec(key);
  if (!match) return { problem: `${shown} is neither a name nor a pattern such as node{1..3}`, ...remedyFor(key) };
  const [, before = '', firstText = '', lastText = '', after = ''] = match;
  const [first, last] = [Number(firstText), Number(lastText)];
  const write = (from: number, to: number): string => `write ${quoted(`${before}{${from}..${to}}${after}`)}`;
  const padded = [firstText, lastText].find((text) => /^0[0-9]/.test(text));
  if (padded !== undefined) {
    const problem = `${shown} has a leading zero, and the names it stands for have none`;
    return { problem, remedy: `${write(first, last)}; for names such as node01 write node0{1..9} and node{10..20}` };
  }
  if (last < first) return { problem: `${shown} counts down`, remedy: write(last, first) };
  if (Number.isSafeInteger(last)) return { before, first, last, after };
  return {
    problem: `${shown} counts further than any number of nodes`,
    remedy: 'write the numbers of the nodes that you have',
  };
}

/** `node{1-5}`, `node{1...5}`, `node{1,5}`: two numbers, and something else than two dots between them. */
function remedyFor(key: string): { remedy?: string } {
  const [, before = '', first, last, after = ''] =
    /^([^{}]*)\{ *([0-9]+)[^0-9{}]+([0-9]+) *\}([^{}]*)$/.exec(key) ?? [];
  return first === undefined || last === undefined
    ? {}
    : { remedy: `write ${quoted(`${before}{${first}..${last}}${after}`)}` };
}
