/**
 * Node patterns: `node{1..100}` means a hundred nodes, and `{}` in its values is the number.
 *
 *   "node{1..3}": {interfaces: {eth1: {address: "10.10.{}.0"}}}        node1  10.10.1.0
 *   node3: {os: ifupdown}                                        =>    node2  10.10.2.0
 *                                                                      node3  10.10.3.0, os ifupdown
 * A plain name overrides its pattern key by key (`interfaces` as a whole).
 */
import { quoted } from '../../address/quoted.ts';
import { MOST_NODES } from '../bounds.ts';
import { emptyMap, isMap } from '../data.ts';
import { pathText, type Path } from '../finding.ts';
import { shown } from '../wording.ts';
import { QUOTE_MARKS, STRAIGHT_QUOTES } from './marks.ts';

interface Pattern {
  readonly before: string;
  readonly first: number;
  readonly last: number;
  readonly after: string;
}

interface PatternRefusal {
  readonly problem: string;
  /** The rule's own where absent. */
  readonly remedy?: string;
}

/** Nodes times values per node: fifty per node at the maximum of nodes; a usual plan has about ten per node. */
const MAX_VALUES = 50 * MOST_NODES;
/** No value with a number is longer than a host name (RFC 1035). */
const LONGEST_FILLED = 255;

export interface PatternProblem extends PatternRefusal {
  readonly rule: 'nodes/pattern' | 'schema/type';
  readonly path: Path;
}

export interface Expansion {
  /** The plan with nodes in place of patterns. */
  readonly data: unknown;
  readonly problems: readonly PatternProblem[];
  /** Patterns that could not be read, and nodes that two patterns define. */
  readonly incomplete: readonly Path[];
  /** The path in the text for a path in the expanded plan. */
  readonly written: (path: Path) => Path;
  /** Whether this value of a plain name may come from a pattern that could not be read. */
  readonly isLost: (path: Path) => boolean;
}

interface Origin {
  readonly pattern: string;
  /** The value under the node's own name; undefined if that name is not in the text. */
  readonly own: unknown;
}

/** Replaces patterns in `nodes` by their nodes; everything else is unchanged. */
export function expandNodes(data: unknown): Expansion {
  if (!isMap(data) || !isMap(data.nodes))
    return { data, problems: [], incomplete: [], written: (path) => path, isLost: () => false };
  const text = data.nodes;
  const keys = Object.keys(text);
  const origins = new Map<string, Origin>();
  const nodes = emptyMap();
  const problems: PatternProblem[] = [];
  const incomplete: Path[] = [];
  let [refused, total] = [0, 0];
  for (const key of keys.filter(isPattern)) {
    const value = text[key];
    const pattern = readPattern(key, value, total);
    if ('problem' in pattern) {
      problems.push(pattern);
      incomplete.push(['nodes', key]);
      refused++;
      continue;
    }
    total += countOf(pattern);
    const claimed: string[] = [];
    for (const [name, number] of namesOf(pattern)) {
      if (origins.has(name)) claimed.push(name);
      else {
        const own = text[name];
        nodes[name] = override(fill(value, number), own);
        origins.set(name, { pattern: key, own });
      }
    }
    incomplete.push(...claimed.map((name) => ['nodes', name]));
    const [first] = claimed;
    if (first !== undefined) problems.push(overlap(key, origins.get(first)?.pattern ?? '', claimed));
  }
  for (const key of keys) if (!isPattern(key) && !origins.has(key)) nodes[key] = text[key];
  return {
    data: Object.assign(emptyMap(), data, { nodes }),
    problems,
    incomplete,
    written: (path) => pathInText(path, origins),
    isLost: ([section, name, key]) =>
      refused > 0 &&
      section === 'nodes' &&
      key !== undefined &&
      !origins.has(String(name)) &&
      !has(nodes[String(name)], key),
  };
}

/** Reads one pattern: `others` is the number of nodes of the patterns before it. */
function readPattern(key: string, value: unknown, others: number): Pattern | PatternProblem {
  const path: Path = ['nodes', key];
  const pattern = parsePattern(key);
  if ('problem' in pattern) return { ...pattern, rule: 'nodes/pattern', path };
  if (!isMap(value))
    return { rule: 'schema/type', path, problem: `${pathText(path)} is ${shown(value)}, but must be a map of keys` };
  const nodes = others + countOf(pattern);
  const values = countOf(pattern) * sizeOf(value);
  if (nodes <= MOST_NODES && values <= MAX_VALUES) return pattern;
  const what =
    nodes > MOST_NODES ? `${nodes} nodes, more than ${MOST_NODES}` : `${values} values, more than ${MAX_VALUES}`;
  const problem = others === 0 ? `${quoted(key)} makes ${what}` : `with ${quoted(key)} the patterns make ${what}`;
  return { rule: 'nodes/pattern', path, problem, remedy: 'write the numbers of your nodes' };
}

function overlap(key: string, other: string, [first = '', ...more]: readonly string[]): PatternProblem {
  const rest = more.length > 0 ? ` and ${more.length} more` : '';
  return {
    rule: 'nodes/pattern',
    path: ['nodes', key],
    problem: `${quoted(key)} and ${quoted(other)} both define ${quoted(first)}${rest}`,
    remedy: 'define each node in one pattern only; a plain name can override values of it',
  };
}

function override(shared: unknown, own: unknown): unknown {
  if (own === undefined) return shared;
  return isMap(own) && isMap(shared) ? Object.assign(emptyMap(), shared, own) : own;
}

/** Replaces `{}` by the number in every text; values without `{}` are shared between the nodes. */
function fill(value: unknown, number: string): unknown {
  if (typeof value === 'string') return value.length <= LONGEST_FILLED ? value.replaceAll('{}', number) : value;
  if (Array.isArray(value))
    return changed(
      value,
      value.map((item) => fill(item, number)),
    );
  if (!isMap(value)) return value;
  const filled = Object.entries(value).map(([key, item]) => [key, fill(item, number)] as const);
  return filled.every(([key, item]) => item === value[key])
    ? value
    : Object.assign(emptyMap(), Object.fromEntries(filled));
}

function changed(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}

/** How many values there are in a value, itself included. */
function sizeOf(value: unknown): number {
  const inside = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
  return inside.reduce((sum: number, item) => sum + sizeOf(item), 1);
}

function pathInText(path: Path, origins: ReadonlyMap<string, Origin>): Path {
  const [section, name, key, ...rest] = path;
  const origin = section === 'nodes' && typeof name === 'string' ? origins.get(name) : undefined;
  if (section === undefined || !origin) return path;
  if (key === undefined) return origin.own === undefined ? [section, origin.pattern] : path;
  return has(origin.own, key) ? path : [section, origin.pattern, key, ...rest];
}

function has(value: unknown, key: string | number): boolean {
  return isMap(value) && key in value;
}

function countOf({ first, last }: Pattern): number {
  return last - first + 1;
}

/** Each name with its number. */
function* namesOf({ before, first, last, after }: Pattern): Iterable<readonly [name: string, number: string]> {
  for (let number = first; number <= last; number++) yield [`${before}${number}${after}`, String(number)];
}

/** Names have no braces, so a key with a brace was meant as a pattern. */
function isPattern(key: string): boolean {
  return /[{}]/.test(key);
}

function parsePattern(key: string): Pattern | PatternRefusal {
  const shown = quoted(key);
  if (QUOTE_MARKS.test(key)) return { problem: `${shown} is neither a name nor a pattern`, remedy: STRAIGHT_QUOTES };
  const match = /^([^{}]*)\{([0-9]+)\.\.([0-9]+)\}([^{}]*)$/.exec(key);
  if (!match) return { problem: `${shown} is neither a name nor a pattern such as node{1..3}`, ...remedyFor(key) };
  const [, before = '', firstText = '', lastText = '', after = ''] = match;
  const [first, last] = [Number(firstText), Number(lastText)];
  const write = (from: number, to: number): string => `write ${quoted(`${before}{${from}..${to}}${after}`)}`;
  const padded = [firstText, lastText].find((text) => /^0[0-9]/.test(text));
  if (padded !== undefined) {
    const problem = `${shown} has a leading zero, but numbers in node names have none`;
    return { problem, remedy: `${write(first, last)}; for names such as node01 write node0{1..9} and node{10..20}` };
  }
  if (last < first) return { problem: `${shown} counts down`, remedy: write(last, first) };
  if (Number.isSafeInteger(last)) return { before, first, last, after };
  return {
    problem: `${shown} has a number that is too large`,
    remedy: 'write the numbers of your nodes',
  };
}

/** `node{1-5}`, `node{1...5}`, `node{1,5}`: two numbers with something other than two dots between them. */
function remedyFor(key: string): { remedy?: string } {
  const [, before = '', first, last, after = ''] =
    /^([^{}]*)\{ *([0-9]+)[^0-9{}]+([0-9]+) *\}([^{}]*)$/.exec(key) ?? [];
  return first === undefined || last === undefined
    ? {}
    : { remedy: `write ${quoted(`${before}{${first}..${last}}${after}`)}` };
}
