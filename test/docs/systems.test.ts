/** docs/systems.md: every requirement has its row, and what a row says is so. */
import { describe, expect, test } from '@jest/globals';
import { posix } from 'node:path';
import { parse } from 'yaml';
import { files, textOf } from './sources.ts';

const PAGE = 'docs/systems.md';

/** How many requirements each system has. */
const REQUIREMENTS: Readonly<Record<string, number>> = {
  'flat-bgp': 8,
  'dumb-l2': 7,
  'same-subnet': 7,
  'multi-site': 9,
  hybrid: 10,
};

/** What is not generated yet, by the files that will be there then. */
const PENDING: Readonly<Record<string, RegExp>> = {
  // FRR's are there; these systems have other software.
  "the router's file":
    /^overlays\/(flat-bgp|same-subnet|hybrid)\/generated\/routers\/|^overlays\/multi-site\/generated\/routers\/home-/,
  "the DHCP server's file": /^overlays\/[^/]+\/generated\/dhcp\//,
  "the nodes' files": /^overlays\/[^/]+\/generated\/nodes\//,
  'the command lab': /^cdk8s\/cli\/lab\.ts$/,
};

interface Row {
  readonly system: string;
  readonly number: number;
  readonly requirement: string;
  readonly where: string;
  readonly proof: string;
}

const rows = textOf(PAGE)
  .split(/^## /m)
  .slice(1)
  .flatMap((section): Row[] => {
    const [system = '', ...lines] = section.split('\n');
    return lines
      .filter((line) => /^\| \d+ \|/.test(line))
      .map((line) => {
        const [, number, requirement = '', where = '', proof = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
        return { system, number: Number(number), requirement, where, proof };
      });
  });

interface Reference {
  /** From the repository on. */
  readonly file: string;
  /** What stands there in backticks or quotes. */
  readonly named: readonly string[];
}

/** `[text](file) what, what; [text](file) what` */
function references(cell: string): Reference[] {
  return cell
    .split(/;\s+(?=\[|\*\*)/)
    .filter((one) => !one.startsWith('**pending**'))
    .map((one) => {
      const [, link = '', rest = ''] = /^\[[^\]]+\]\(([^)]+)\) (.*)$/.exec(one) ?? [];
      return {
        file: posix.join(posix.dirname(PAGE), link),
        named: rest === '' ? [] : rest.split(/(?<=[`"]), (?=[`"])/),
      };
    });
}

function pendingOf(cell: string): string[] {
  return [...cell.matchAll(/\*\*pending\*\*: ([^;]+)/g)].map(([, what = '']) => what.trim());
}

/** The value at a path such as `spec.pools.0.cidr`. */
function at(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((value: unknown, key) => (value as Readonly<Record<string, unknown>> | undefined)?.[key], document);
}

/** `"…"` is a sentence of the file, `` `path: value` `` a value of it. */
function stands(file: string, what: string): void {
  const text = textOf(file);
  const [, sentence] = /^"(.*)"$/.exec(what) ?? [];
  if (sentence !== undefined) {
    expect(text).toContain(sentence);
    return;
  }
  const [, path = '', value = ''] = /^`([^:]+): (.*)`$/.exec(what) ?? [];
  expect([what, String(at(parse(text), path))]).toEqual([what, value]);
}

/** The titles of a file's tests: of jest's, or the names of Go's. */
function titlesOf(file: string): string[] {
  const text = textOf(file);
  if (file.endsWith('.go')) return [...text.matchAll(/^func (Test\w+)/gm)].map(([, name = '']) => name);
  return [...text.matchAll(/\btest(?:\.each\([\s\S]*?\))?\(\s*(['"`])(.*?)\1,/g)].map(([, , title = '']) =>
    title.replaceAll('\\', ''),
  );
}

test('has a row for each requirement of each system, in their order', () => {
  const numbers = Object.fromEntries(Object.keys(REQUIREMENTS).map((system) => [system, [] as number[]]));
  for (const { system, number } of rows) numbers[system]?.push(number);
  for (const [system, count] of Object.entries(REQUIREMENTS))
    expect([system, numbers[system]]).toEqual([system, Array.from({ length: count }, (_, index) => index + 1)]);
  expect(rows).toHaveLength(Object.values(REQUIREMENTS).reduce((sum, count) => sum + count, 0));
});

describe.each(rows)('$system, requirement $number', ({ requirement, where, proof }) => {
  test('is met where the row says', () => {
    expect(requirement).not.toBe('');
    const found = references(where);
    expect(found.length).toBeGreaterThan(0);
    for (const { file, named } of found) {
      expect(files).toContain(file);
      expect([file, named.length]).not.toEqual([file, 0]);
      for (const what of named) stands(file, what);
    }
  });

  test('is proven by a test that there is', () => {
    const found = references(proof);
    expect(found.length).toBeGreaterThan(0);
    for (const { file, named } of found) {
      expect(files).toContain(file);
      expect([file, named.length]).not.toEqual([file, 0]);
      const titles = titlesOf(file);
      for (const title of named) expect(titles).toContain(title.replaceAll('`', ''));
    }
  });

  test('waits for nothing that is there already', () => {
    for (const what of pendingOf(proof)) {
      expect(Object.keys(PENDING)).toContain(what);
      expect(files.filter((file) => PENDING[what]?.test(file))).toEqual([]);
    }
  });
});
