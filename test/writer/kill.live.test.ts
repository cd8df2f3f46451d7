/** A process that is killed at any moment leaves whole files and a change that the next run ends. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFiles } from '../../cdk8s/writer/writer.ts';
import { bundleChild, startChild } from './children.ts';
import { generated, isEither, isMixtureOf, ours, outside, put, read, temporaryFolder } from './trees.ts';

let folder: string;
let bundle: string;

beforeAll(() => {
  folder = temporaryFolder();
  bundle = bundleChild(folder);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('killed before each call that changes something', () => {
  // What is more tangled than this is crashed at every call in crash.slow.test.ts, without processes.
  const foreign = { 'gen/notes.md': "a person's", 'other/mine.txt': 'not in an owned folder' };
  const before = {
    ...foreign,
    'gen/changed.yaml': ours('old'),
    'gen/same.yaml': ours('same'),
    'gen/stale/b.yaml': ours('stale'),
  };
  const wanted = {
    'gen/changed.yaml': ours('new'.repeat(5000)),
    'gen/same.yaml': ours('same'),
    'gen/new/c.yaml': ours('new'),
  };
  const after = { ...foreign, ...wanted };
  const next = { 'gen/next.yaml': ours('next'), 'gen/changed.yaml': ours('next') };

  interface Round {
    readonly killed: boolean;
    readonly phase: 'old' | 'between' | 'new';
  }

  async function round(killAt: number): Promise<Round> {
    const root = join(folder, `kill-${killAt}`);
    put(root, before);
    const child = startChild(bundle, { root, sets: [generated(wanted)], owned: ['gen'], killAt });
    const { signal, code, stderr } = await child.ended;
    expect({ killAt, stderr, ended: signal ?? code }).toEqual({ killAt, stderr: '', ended: signal ? 'SIGKILL' : 0 });

    const found = outside(read(root));
    const isCommitted = existsSync(join(root, '.flatlan/journal'));
    const isAllowed = isCommitted ? isMixtureOf(found, before, after) : isEither(found, before, after);
    expect({ killAt, found, isAllowed }).toMatchObject({ isAllowed: true });

    const other = `${root}-other`;
    cpSync(root, other, { recursive: true });
    await writeFiles(root, generated(wanted), ['gen']);
    expect({ killAt, found: read(root) }).toEqual({ killAt, found: after });
    await writeFiles(other, generated(next), ['gen']);
    expect({ killAt, found: read(other) }).toEqual({ killAt, found: { ...foreign, ...next } });
    return { killed: signal !== null, phase: isCommitted ? 'between' : 'gen/new/c.yaml' in found ? 'new' : 'old' };
  }

  test('the tree is old before the commit, made new by the next run after it', async () => {
    const rounds: Round[] = [];
    while (rounds.every(({ killed }) => killed)) {
      const next = [1, 2, 3, 4].map((more) => round(rounds.length + more));
      rounds.push(...(await Promise.all(next)));
    }
    const phases = rounds.filter(({ killed }) => killed).map(({ phase }) => phase);
    // Five steps are taken in the window: a folder made, two files placed, one removed, its folder removed.
    expect(phases.join(' ')).toMatch(/^(old ){15,}(between ){6}(new ?){5,}$/);
  }, 30_000);
});

test('killed at random times, 20 times', async () => {
  const set = (name: string): Record<string, string> => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 30; i++) files[`gen/${i % 5}/${name}${i % 3}/${i}.yaml`] = ours(name.repeat(500));
    for (let i = 0; i < 10; i++) files[`gen/${i}.yaml`] = ours(name);
    return files;
  };
  const [a, b, c] = [set('a'), set('b'), set('c')];

  /** Whether the kill left something to do. */
  async function round(number: number): Promise<boolean> {
    const root = join(folder, `random-${number}`);
    const child = startChild(bundle, { root, sets: [generated(a), generated(b)], owned: ['gen'], forever: true });
    await child.started;
    const delay = Math.random() * 60;
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.process.kill('SIGKILL');
    const { signal, stderr } = await child.ended;
    expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });

    const found = read(root);
    const isCommitted = '.flatlan/journal' in found;
    const isAllowed = isCommitted ? isMixtureOf(outside(found), a, b) : isEither(outside(found), a, b);
    expect({ delay, found, isAllowed }).toMatchObject({ isAllowed: true });
    await writeFiles(root, generated(c), ['gen']);
    expect(read(root)).toEqual(c);
    return Object.keys(found).some((path) => path.startsWith('.flatlan'));
  }

  const left: boolean[] = [];
  while (left.length < 20) left.push(...(await Promise.all([1, 2, 3, 4].map((more) => round(left.length + more)))));
  expect(left).toContain(true);
}, 30_000);
