/** Crashed at each call, and again at each call of the run that recovers; without processes, so that there is time. */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WriteError, writeFiles } from '../../cdk8s/writer/index.ts';
import { type Before, Crash, crashAt, errno, faulty } from './faults.ts';
import { after, before, owned, wanted } from './scenario.ts';
import { bury, isEither, isMixtureOf, outside, put, read, temporaryFolder } from './trees.ts';

let folder: string;
let template: string;
let rounds = 0;

beforeAll(() => {
  folder = temporaryFolder('fast');
  template = join(folder, 'template');
  put(template, before);
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function copyOf(tree: string): string {
  const root = join(folder, String(++rounds));
  cpSync(tree, root, { recursive: true });
  return root;
}

type State = 'old' | 'journal' | 'undo' | 'new';

/** Runs until the crash; undefined when there was none. */
async function crash(root: string, crashing: number, fault: Before = () => undefined): Promise<State | undefined> {
  const dead = crashAt(crashing);
  const { fs, calls } = faulty((...call) => {
    fault(...call);
    dead(...call);
  });
  const error = await writeFiles(root, wanted, owned, { fs }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (calls() < crashing) return undefined;
  expect([Crash, WriteError].some((kind) => error instanceof kind)).toBe(true);
  bury(root);
  const found = outside(read(root));
  const open = (['journal', 'undo'] as const).find((name) => existsSync(join(root, '.flatlan', name)));
  const isAllowed = open === undefined ? isEither(found, before, after) : isMixtureOf(found, before, after);
  expect({ open, found, isAllowed }).toMatchObject({ isAllowed: true });
  return open ?? (isEither(found, after) ? 'new' : 'old');
}

async function expectRecovery(root: string): Promise<void> {
  await writeFiles(root, wanted, owned, { fs: faulty().fs });
  expect(read(root)).toEqual(after);
}

test('a crash at any call, then a crash at any call of the recovery', async () => {
  const states: State[] = [];
  for (let first = 1; ; first++) {
    const root = copyOf(template);
    const state = await crash(root, first);
    if (state === undefined) break;
    states.push(state);
    // Within the window every third one, elsewhere now and then.
    for (let second = 1; first % (state === 'journal' ? 3 : 12) === 0; second++) {
      const again = copyOf(root);
      if ((await crash(again, second)) === undefined) break;
      await expectRecovery(again);
      rmSync(again, { recursive: true });
    }
    await expectRecovery(root);
  }
  expect(states.join(' ')).toMatch(/^(old ){20,}(journal ){12,}(new ?){5,}$/);
}, 60_000);

test('a call that fails, then a crash at any call on the way back', async () => {
  const names: string[] = [];
  await writeFiles(copyOf(template), wanted, owned, {
    fs: faulty((_, name, args) => names.push([name, ...args].join(' '))).fs,
  });
  const commit = 1 + names.findIndex((name) => /^renameSync .*journal$/.test(name));
  expect(commit).toBeGreaterThan(20);

  const seen: State[] = [];
  for (let failing = 1; failing < names.length; failing += failing < commit ? 5 : 1) {
    const fault: Before = (call, name, args) => {
      if (call === failing) throw errno('ENOSPC', name, args);
    };
    // Every other call, the even ones after one failure and the odd ones after the next.
    for (let crashing = failing + 1 + (failing % 2); ; crashing += 2) {
      const root = copyOf(template);
      const state = await crash(root, crashing, fault);
      if (state === undefined) break;
      seen.push(state);
      await expectRecovery(root);
      rmSync(root, { recursive: true });
    }
  }
  expect([...new Set(seen)].sort()).toEqual(['journal', 'new', 'old', 'undo']);
  expect(seen.filter((state) => state === 'undo').length).toBeGreaterThan(50);
}, 60_000);
