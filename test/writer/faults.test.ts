/** What the file system refuses, at each call: an error that says what to do, and all of the old or of the new tree. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type GeneratedFile, WriteError, writeFiles } from '../../cdk8s/writer/index.ts';
import { type Before, errno, faulty } from './faults.ts';
import { after, before, owned, wanted } from './scenario.ts';
import { bury, generated, isMixtureOf, ours, outside, put, read, temporaryFolder } from './trees.ts';

let folder: string;
let rounds = 0;

beforeAll(() => {
  folder = temporaryFolder('fast');
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function newTree(): string {
  const root = join(folder, String(++rounds));
  put(root, before);
  return root;
}

interface Result {
  readonly error: unknown;
  readonly calls: number;
}

async function run(root: string, fault: Before, files: readonly GeneratedFile[] = wanted): Promise<Result> {
  const { fs, calls } = faulty(fault);
  const error: unknown = await writeFiles(root, files, owned, { fs, patience: 0 }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { error, calls: calls() };
}

/** What the error promises is so, and the next run sets all right. */
async function expectPromise(root: string, error: unknown): Promise<WriteError['outcome'] | undefined> {
  const found = outside(read(root));
  if (error !== undefined) expect(error).toBeInstanceOf(WriteError);
  const outcome = error instanceof WriteError ? error.outcome : undefined;
  if (outcome === 'mixed') expect({ found, mixed: isMixtureOf(found, before, after) }).toMatchObject({ mixed: true });
  else expect(found).toEqual(outcome === 'old' ? before : after);
  bury(root);
  await writeFiles(root, wanted, owned, { fs: faulty().fs });
  expect(read(root)).toEqual(after);
  return outcome;
}

/** Faults that are counted from a call, for every call of a run; what became of each run. */
async function sweep(first: number, faultFrom: (failing: number) => Before): Promise<Set<unknown>> {
  const outcomes = new Set<unknown>();
  for (let failing = first; ; failing++) {
    const root = newTree();
    const { error, calls } = await run(root, faultFrom(failing));
    outcomes.add(await expectPromise(root, error));
    rmSync(root, { recursive: true });
    if (calls < failing) return outcomes;
    expect({ failing, error: String(error) }).toEqual({ failing, error: expect.stringContaining('and run again.') });
  }
}

describe('at every call in turn', () => {
  test.each(['ENOSPC', 'EACCES'])(
    'one call fails with %s',
    async (code) => {
      const outcomes = await sweep(1, (failing) => (call, name, args) => {
        if (call === failing) throw errno(code, name, args);
      });
      // One failure is never so bad that the tree stays between.
      expect([...outcomes].sort()).toEqual(['new', 'old', undefined]);
    },
    30_000,
  );

  test('everything fails from one call on', async () => {
    const outcomes = await sweep(1, (failing) => (call, name, args) => {
      if (call >= failing) throw errno('EROFS', name, args);
    });
    expect([...outcomes].sort()).toEqual(['mixed', 'new', 'old', undefined]);
  }, 30_000);

  test('a call fails, and then a second one on the way back', async () => {
    const outcomes = new Set<unknown>();
    for (let first = 26; first < 42; first += 2) {
      const found = await sweep(first + 1, (second) => (call, name, args) => {
        if (call === first || call === second) throw errno('EIO', name, args);
      });
      for (const outcome of found) outcomes.add(outcome);
    }
    expect([...outcomes]).toEqual(expect.arrayContaining(['mixed', 'old']));
  }, 30_000);
});

describe('says what, where and what to do', () => {
  test.each([
    ['ENOSPC', 'no space is left on the device (ENOSPC); free some space and run again. Nothing was changed.'],
    ['EROFS', 'the file system is read-only (EROFS); choose another output folder or mount it writable and run again.'],
    [
      'EXDEV',
      'it is on another file system than the output folder (EXDEV); choose an output folder on the same one and run',
    ],
    ['EMLINK', 'EMLINK: made to fail, renameSync (EMLINK); fix that and run again. Nothing was changed.'],
  ])('%s', async (code, message) => {
    const root = newTree();
    const { error } = await run(root, (_, name, args) => {
      if (name === 'renameSync' && String(args[1]).endsWith('changed.yaml')) throw errno(code, name, args);
    });
    expect(error).toMatchObject({ name: 'WriteError', code: 'writer/write', path: join(root, 'gen/changed.yaml') });
    expect(String(error)).toContain(`WriteError: ${join(root, 'gen/changed.yaml')}: ${message}`);
    expect(await expectPromise(root, error)).toBe('old');
  });

  test('a real one: the root is below a file', async () => {
    writeFileSync(join(folder, 'file'), '');
    await expect(writeFiles(join(folder, 'file/root'), wanted, owned)).rejects.toThrow(
      `${join(folder, 'file/root')}: there is a file where a folder is needed (ENOTDIR); move the file away and run again.`,
    );
  });

  test('a real one: a name that is too long', async () => {
    const root = newTree();
    const { error } = await run(root, () => undefined, generated({ [`gen/${'x'.repeat(300)}.yaml`]: ours() }));
    expect(String(error)).toContain('the name is too long (ENAMETOOLONG); shorten the name in the plan');
    expect(read(root)).toEqual(before);
  });
});

test('where hard links are not permitted, what is replaced is kept as a copy', async () => {
  const isCopied: string[] = [];
  const noLinks: Before = (_, name, args) => {
    if (name === 'linkSync') throw errno('EPERM', name, args);
    if (name === 'copyFileSync') isCopied.push(String(args[0]));
  };
  const root = newTree();
  expect((await run(root, noLinks)).error).toBeUndefined();
  expect(read(root)).toEqual(after);

  const other = newTree();
  const { error } = await run(other, (call, name, args) => {
    noLinks(call, name, args);
    if (name === 'renameSync' && String(args[1]).endsWith('y.yaml')) throw errno('EIO', name, args);
  });
  expect(await expectPromise(other, error)).toBe('old');
  expect(isCopied).toEqual([join(root, 'gen/changed.yaml'), join(other, 'gen/changed.yaml')]);
});
