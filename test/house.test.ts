/**
 * The house keeps its order: which room may know which, and who may touch the world.
 */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const house = join(import.meta.dirname, '..', 'cdk8s');

interface Source {
  readonly path: string;
  readonly text: string;
  /** Files of this repository, relative to it, and packages. */
  readonly imports: readonly string[];
}

const sources: Source[] = readdirSync(house, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(house, path), 'utf8');
    const written = /^(?:import|export)\b[^;]*?\bfrom '([^']+)';|\bawait import\('([^']+)'\)/gms;
    const imports = [...text.matchAll(written)]
      .map(([, always, onDemand]) => always ?? onDemand ?? '')
      .map((from) => (from.startsWith('.') ? normalize(join('cdk8s', dirname(path), from)) : from));
    return { path: `cdk8s/${path}`, text, imports };
  });

const room = (path: string): string => /^cdk8s\/([^/]+)\//.exec(path)?.[1] ?? path;

/** Names and texts that any room may know; they know nobody. */
const common = ['cdk8s/banner.ts', 'cdk8s/paths.ts', 'cdk8s/version.ts'];

/** What the room of an emitter may know where it has no line of its own in `lines`. */
const EMITTER = ['address', 'plan', 'platforms', 'writer', 'cdk8s/yaml-text.ts', 'cdk8s/go-json.ts'];

/** Room to the rooms and files it may know besides itself. */
const lines: Readonly<Record<string, readonly string[]>> = {
  address: [],
  platforms: ['address'],
  writer: [],
  plan: ['address', 'platforms'],
  docs: ['plan', 'writer'],
  values: ['address', 'plan', 'platforms'],
  constructs: ['plan', 'platforms', 'values', 'cdk8s/source.ts', 'cdk8s/plain.ts'],
  helm: [
    ...[
      'constructs',
      'plan',
      'platforms',
      'values',
      'writer',
      'cdk8s/source.ts',
      'cdk8s/concrete.ts',
      'cdk8s/yaml-text.ts',
    ],
    'cdk8s/go-json.ts',
  ],
  flux: ['constructs', 'helm', 'plan', 'platforms', 'values', 'writer', 'cdk8s/plain.ts', 'cdk8s/yaml-text.ts'],
  lab: [],
  steps: [
    ...['address', 'constructs', 'flux', 'helm', 'plan', 'platforms', 'routers', 'values', 'writer'],
    'cdk8s/yaml-text.ts',
  ],
  library: ['helm', 'plan', 'values'],
  cli: ['plan', 'helm', 'values', 'writer', 'cdk8s/synth.ts'],
};

const emitters = sources
  .filter(({ path }) => path === 'cdk8s/emitters.ts')
  .flatMap(({ imports }) => imports.map(room))
  .filter((name) => !name.endsWith('.ts'));

const mayKnow = { ...Object.fromEntries(emitters.map((name) => [name, EMITTER])), ...lines };

const stage = (path: string): string | undefined => /^cdk8s\/plan\/([^/]+)\//.exec(path)?.[1];

/** Stage of plan/ to the stages that it may know besides itself. */
const stages: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  network: [],
  read: ['schema'],
  rules: ['schema', 'read'],
  resolve: ['schema', 'read', 'network'],
};

describe('arrows point one way', () => {
  test.each(Object.entries(mayKnow))('%s', (name, allowed) => {
    const own = sources.filter(({ path }) => room(path) === name);
    expect(own.length).toBeGreaterThan(0);
    const wrong = own.flatMap(({ path, imports }) =>
      imports
        .filter(
          (from) => from.startsWith('cdk8s/') && room(from) !== name && ![...common, ...allowed].includes(room(from)),
        )
        .map((from) => `${path} -> ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test('no two rooms know each other', () => {
    const pairs = Object.entries(mayKnow).flatMap(([name, allowed]) =>
      allowed.filter((other) => mayKnow[other]?.includes(name)).map((other) => `${name} <-> ${other}`),
    );
    expect(pairs).toEqual([]);
  });

  test('what any room may know knows nobody', () => {
    expect(sources.filter(({ path }) => common.includes(path)).map(({ imports }) => imports.length)).toEqual([0, 0, 0]);
  });

  // The stages of plan/, and what else is in it: words and types that several stages share.
  test.each(Object.entries(stages))('plan/%s', (name, allowed) => {
    const own = sources.filter(({ path }) => stage(path) === name);
    expect(own.length).toBeGreaterThan(0);
    const wrong = own.flatMap(({ path, imports }) =>
      imports
        .map((from) => [from, stage(from)] as const)
        .filter(([, to]) => to !== undefined && to !== name && !allowed.includes(to))
        .map(([from]) => `${path} -> ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  test('only plan/ knows how a plan is resolved: others know the Network', () => {
    const resolve = 'cdk8s/plan/resolve/';
    const importing = sources.filter(({ imports }) => imports.some((from) => from.startsWith(resolve)));
    const outside = importing.filter(({ path }) => room(path) !== 'plan');
    expect(importing.length).toBeGreaterThan(outside.length);
    expect(outside.map(({ path }) => path)).toEqual([]);
  });

  test('every stage of plan/ has its rule', () => {
    const found = new Set(sources.flatMap(({ path }) => stage(path) ?? []));
    expect([...found].sort()).toEqual(Object.keys(stages).sort());
  });

  test('every room has its rule', () => {
    const rooms = new Set(sources.map(({ path }) => room(path)).filter((name) => !name.endsWith('.ts')));
    expect([...rooms].sort()).toEqual(Object.keys(mayKnow).sort());
  });
});

test('only commands, the app, the writer and the lab touch files, processes and clocks', () => {
  const world = /^node:(fs|child_process|net|http|https|os|timers)|^(fs|child_process|net|http|os)$/;
  const touching = sources.filter(({ path, imports, text }) => {
    const pure = !/^cdk8s\/(cli|lab|writer)\/|^cdk8s\/main\.ts$/.test(path);
    return pure && (imports.some((from) => world.test(from)) || /\bprocess\.|\bDate\.now|\bnew Date\b/.test(text));
  });
  expect(touching.map(({ path }) => path)).toEqual([]);
});

test('charts never depend on charts: cdk8s resolves that in exponential time', () => {
  expect(sources.filter(({ text }) => text.includes('addDependency')).map(({ path }) => path)).toEqual([]);
});

/** `import { z }` takes every language of its messages along, which `flatlan check` would read at each start. */
test('zod is imported as a namespace, of which a bundle keeps what is used', () => {
  const importing = sources.filter(({ imports }) => imports.includes('zod'));
  expect(importing.length).toBeGreaterThan(0);
  expect(
    importing.filter(({ text }) => !/^import (type )?\* as z from 'zod';$/m.test(text)).map(({ path }) => path),
  ).toEqual([]);
});
