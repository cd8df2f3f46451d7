/** Between an interrupted run and the next one people edit, and a folder may come from somebody else. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ForeignFileError, writeFiles } from '../../cdk8s/writer/index.ts';
import { Crash, faulty } from './faults.ts';
import { after, before, owned, wanted } from './scenario.ts';
import { bury, type Files, generated, ours, outside, put, read, temporaryFolder } from './trees.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Leaves a change of which the first steps are taken. */
async function interrupt(steps: number): Promise<void> {
  put(root, before);
  let committed = -1;
  const { fs } = faulty((call, name, args) => {
    if (name === 'renameSync' && String(args[1]).endsWith('/journal')) committed = call;
    if (committed > 0 && call > committed + steps) throw new Crash();
  });
  await expect(writeFiles(root, wanted, owned, { fs })).rejects.toThrow(Crash);
  bury(root);
  expect(read(root)).toHaveProperty(['.flatlan/journal']);
}

describe('a person put something in the way meanwhile', () => {
  test.each<[what: string, path: string, files: Files]>([
    ['a file that is to be replaced', 'gen/changed.yaml', { 'gen/changed.yaml': 'mine' }],
    ['a file that is to be new', 'gen/new/deep/c.yaml', { 'gen/new/deep/c.yaml': 'mine' }],
    ['a file that is to be removed', 'gen/stale/a/b.yaml', { 'gen/stale/a/b.yaml': 'mine' }],
    ['a folder in place of a file', 'gen/new/deep/c.yaml', { 'gen/new/deep/c.yaml/x': 'mine' }],
    ['a link to elsewhere in place of a folder', 'gen/new', { 'gen/new': '-> /' }],
    ['a link in place of a file', 'gen/changed.yaml', { 'gen/changed.yaml': '-> same.yaml' }],
  ])('%s: it stays, and all else is as it was', async (_, path, files) => {
    // Seven of fifteen: what was in the way is gone, the new folders are there, no file is placed.
    await interrupt(7);
    for (const [path, content] of Object.entries(files)) {
      rmSync(join(root, path), { recursive: true, force: true });
      if (content?.startsWith('-> ')) symlinkSync(content.slice(3), join(root, path));
      else put(root, { [path]: content });
    }
    const error = await writeFiles(root, wanted, owned).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ForeignFileError);
    expect((error as ForeignFileError).obstacles.map((obstacle) => obstacle.path)).toEqual([path]);
    expect(read(root)).toEqual({ ...before, ...files });
  });

  test('a file that was placed already: the change is completed, then the new run refuses', async () => {
    await interrupt(9);
    put(root, { 'gen/changed.yaml': 'mine' });
    await expect(writeFiles(root, wanted, owned)).rejects.toThrow('- gen/changed.yaml does not carry the banner');
    expect(read(root)).toEqual({ ...after, 'gen/changed.yaml': 'mine' });
  });

  test('something in a folder that was to be removed: it stays', async () => {
    await interrupt(0);
    put(root, { 'gen/stale/a/mine': 'mine' });
    const report = await writeFiles(root, wanted, owned);
    expect(report.foreign).toContain('gen/stale/a/mine');
    expect(read(root)).toEqual({ ...after, 'gen/stale/a/mine': 'mine' });
  });

  test('all is restored from version control', async () => {
    await interrupt(12);
    rmSync(join(root, 'gen'), { recursive: true });
    put(root, before);
    await writeFiles(root, wanted, owned);
    expect(read(root)).toEqual(after);
  });

  test('the folder with the journal is deleted: the next run still ends in the new tree', async () => {
    await interrupt(9);
    rmSync(join(root, '.flatlan'), { recursive: true });
    await writeFiles(root, wanted, owned);
    expect(read(root)).toEqual(after);
  });
});

describe("a folder that is not flatlan's work", () => {
  const step = (path: string): object => ({ version: 1, steps: [{ do: 'place', path, replaces: false }] });
  test.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['another version', JSON.stringify({ version: 2, steps: [] })],
    ['a path out of the root', JSON.stringify(step('../x'))],
    ['a hook', JSON.stringify(step('.git/hooks/post-checkout'))],
    ['an unknown step', JSON.stringify({ version: 1, steps: [{ do: 'chmod', path: 'x' }] })],
    ['no steps', JSON.stringify({ version: 1 })],
    ['a step without all it needs', JSON.stringify({ version: 1, steps: [{ do: 'place', path: 'x' }] })],
  ])('%s in the journal', async (_, journal) => {
    const tree = { '.flatlan/owner-nobody': '', '.flatlan/journal': journal, '.flatlan/new/0': ours() };
    put(root, { ...tree, '.git/config': 'x' });
    await expect(writeFiles(root, wanted, owned)).rejects.toThrow(
      `${join(root, '.flatlan/journal')}: does not read as a journal of this version of flatlan; delete ${join(root, '.flatlan')} and run again.`,
    );
    expect(read(root)).toEqual({ ...tree, '.git/config': 'x' });
  });

  describe.each([
    ['journal', 'new'],
    ['undo', 'old'],
  ])('what waits in it for the %s', (journal, folder) => {
    const waits = `.flatlan/${folder}/0`;
    const step = { do: 'place', path: 'run.sh', replaces: true };
    const tree = {
      '.flatlan/owner-nobody': '',
      [`.flatlan/${journal}`]: JSON.stringify({ version: 1, steps: [step] }),
    };

    test.each<[what: string, lay: () => void, problem: string]>([
      [
        'is executable',
        () => {
          put(root, { [waits]: ours() }, 0o755);
        },
        'is executable',
      ],
      [
        'has no banner',
        () => {
          put(root, { [waits]: '#!/bin/sh\n' });
        },
        'is no file with the banner',
      ],
      [
        'is a link',
        () => {
          put(root, { theirs: ours(), [`.flatlan/${folder}`]: null });
          symlinkSync('../../theirs', join(root, waits));
        },
        'is no file with the banner',
      ],
      [
        'is behind a link',
        () => {
          put(root, { 'theirs/0': ours() });
          symlinkSync('../theirs', join(root, `.flatlan/${folder}`));
        },
        'is no file with the banner',
      ],
    ])('%s', async (_, lay, problem) => {
      put(root, tree);
      lay();
      const before = read(root);
      await expect(writeFiles(root, wanted, owned)).rejects.toThrow(
        new RegExp(`${join(root, waits)}: ${problem}.*; delete ${join(root, '.flatlan')} and run again`),
      );
      expect(read(root)).toEqual(before);
    });
  });

  test('links in it are not followed when it is cleared', async () => {
    put(root, { 'precious/owner-1': 'x', 'work/.flatlan/owner-nobody': '' });
    const work = join(root, 'work');
    symlinkSync('../../precious', join(work, '.flatlan/new'));
    await writeFiles(work, generated({ x: ours() }), []);
    expect(read(root)).toEqual({ 'precious/owner-1': 'x', 'work/x': ours() });
  });

  test('a link in its place is not used', async () => {
    mkdirSync(join(root, 'work'));
    put(root, { 'precious/owner-nobody': '' });
    symlinkSync('../precious', join(root, 'work/.flatlan'));
    await expect(writeFiles(join(root, 'work'), generated({ x: ours() }), [])).rejects.toThrow('ENOTDIR');
    expect(outside(read(join(root, 'work')))).toEqual({});
    expect(read(join(root, 'precious'))).toEqual({ 'owner-nobody': '' });
  });
});
