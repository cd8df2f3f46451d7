/**
 * The name of a test file says what it takes, and `npm run test:fast` goes by it:
 *
 *     *.test.ts         pure: starts no program, asks no network, and is over in a few seconds
 *     *.slow.test.ts    pure as well, and takes longer
 *     *.live.test.ts    starts programs, by itself or by what it imports: Helm, an API server, daemons, the built command
 */
import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = join(import.meta.dirname, '..');

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .map((path) => `test/${path}`)
  .sort();

/** esbuild starts a program of its own, the client asks API servers. */
const WORLD =
  /^(?:node:)?(?:child_process|cluster|dgram|http|https|http2|net|tls|worker_threads)$|^esbuild$|^@kubernetes\/client-node$/;

const imports = new Map<string, readonly string[]>();

/** What a file imports when it runs; types are gone by then. */
function importsOf(path: string): readonly string[] {
  const known = imports.get(path);
  if (known) return known;
  const text = readFileSync(join(root, path), 'utf8');
  const written = /^(?:import|export)\s(?!type\s)(?:[^;'"]*?\sfrom\s)?'([^'\n]+)';|\bimport\('([^'\n]+)'\)/gm;
  const found = [...text.matchAll(written)].map(([, whole, called]) => whole ?? called ?? '');
  imports.set(path, found);
  return found;
}

/** The shortest chain of imports from a file to the world outside the process; undefined where there is none. */
function wayOut(path: string): readonly string[] | undefined {
  const seen = new Set([path]);
  const queue: string[][] = [[path]];
  for (let way = queue.shift(); way; way = queue.shift()) {
    const last = way.at(-1) ?? '';
    for (const from of importsOf(last)) {
      if (WORLD.test(from)) return [...way, from];
      const next = normalize(join(dirname(last), from));
      if (!from.startsWith('.') || seen.has(next)) continue;
      if (!existsSync(join(root, next))) throw new Error(`${last} imports ${next}, which is not there`);
      seen.add(next);
      queue.push([...way, next]);
    }
  }
  return undefined;
}

const isLive = (path: string): boolean => path.endsWith('.live.test.ts');

describe('a test file is called live', () => {
  test('where it starts programs', () => {
    const wrong = files.filter((path) => !isLive(path)).flatMap((path) => wayOut(path)?.join(' > ') ?? []);
    expect(wrong).toEqual([]);
  });

  test('and nowhere else', () => {
    expect(files.filter((path) => isLive(path) && wayOut(path) === undefined)).toEqual([]);
  });

  test('by what it imports itself, and by what that imports', () => {
    expect(wayOut('test/cluster/process.ts')).toEqual(['test/cluster/process.ts', 'node:child_process']);
    expect(wayOut('test/lab/describe-lab.ts')?.at(-1)).toBe('node:child_process');
    expect(wayOut('cdk8s/synth.ts')).toBeUndefined();
  });
});

test('there is no other word before .test.ts', () => {
  expect(files.filter((path) => !/^[a-z0-9/-]+(\.(live|slow))?\.test\.ts$/.test(path))).toEqual([]);
});
