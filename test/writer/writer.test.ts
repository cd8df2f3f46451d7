import { existsSync, linkSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { writeFiles } from '../../cdk8s/writer/index.ts';
import { faulty } from './faults.ts';
import { generated, ours, put, read, temporaryFolder } from './trees.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const nothing = { written: [], unchanged: [], removed: [], foreign: [] };

describe('writes', () => {
  test('files with their folders, also the root', async () => {
    const files = { 'a/b/c.yaml': ours('1'), 'd.yaml': ours('ü'.repeat(10_000)) };
    const deep = join(root, 'not/yet/there');
    expect(await writeFiles(deep, generated(files), [])).toEqual({ ...nothing, written: ['a/b/c.yaml', 'd.yaml'] });
    expect(read(deep)).toEqual(files);
  });

  test('what is new or changed, and touches nothing else', async () => {
    put(root, { 'a/same': ours('same'), 'a/changed': ours('old'), 'a/longer': ours('1') });
    const past = new Date('2020-01-01');
    utimesSync(join(root, 'a/same'), past, past);
    const before = statSync(join(root, 'a/same'));
    const files = { 'a/same': ours('same'), 'a/changed': ours('new'), 'a/longer': ours('12'), 'a/new': ours() };
    expect(await writeFiles(root, generated(files), ['a'])).toEqual({
      ...nothing,
      written: ['a/changed', 'a/longer', 'a/new'],
      unchanged: ['a/same'],
    });
    expect(read(root)).toEqual(files);
    const after = statSync(join(root, 'a/same'));
    expect([after.mtimeMs, after.ctimeMs, after.ino]).toEqual([before.mtimeMs, before.ctimeMs, before.ino]);
  });

  test('nothing at all when all is as it should be', async () => {
    const files = generated({ 'a/x': ours(), 'a/b/y': ours() });
    await writeFiles(root, files, ['a']);
    const { fs, calls } = faulty();
    expect(await writeFiles(root, files, ['a'], { fs })).toEqual({ ...nothing, unchanged: ['a/b/y', 'a/x'] });
    expect(calls()).toBe(0);
  });

  test('with the permissions that the umask says, whatever the older file had', async () => {
    put(root, { 'a/old': ours('old') });
    const umask = process.umask(0o027);
    try {
      await writeFiles(root, generated({ 'a/old': ours('new'), 'b/new': ours() }), []);
    } finally {
      process.umask(umask);
    }
    const modes = ['a/old', 'b', 'b/new'].map((path) => (statSync(join(root, path)).mode & 0o777).toString(8));
    expect(modes).toEqual(['640', '750', '640']);
  });

  test('a name of its own: what was linked to the older file keeps the older text', async () => {
    put(root, { 'a/x': ours('old') });
    linkSync(join(root, 'a/x'), join(root, 'copy'));
    await writeFiles(root, generated({ 'a/x': ours('new') }), []);
    expect(read(root)).toEqual({ 'a/x': ours('new'), copy: ours('old') });
  });

  test('more files than are opened at once', async () => {
    const files = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`a/${i % 7}/${i}`, ours(String(i))]));
    await writeFiles(root, generated(files), ['a']);
    expect(read(root)).toEqual(files);
  });
});

describe('removes', () => {
  test('what is ours and no more generated, with the folders that it leaves empty, in owned folders only', async () => {
    put(root, { 'a/stale': ours(), 'a/b/c/stale': ours(), 'a/empty/inner': null, 'z/ours': ours(), 'z/empty': null });
    expect(await writeFiles(root, [], ['a'])).toEqual({ ...nothing, removed: ['a/b/c/stale', 'a/stale'] });
    expect(read(root)).toEqual({ 'z/ours': ours(), 'z/empty': null });
  });

  test("nothing of a person's, and lists it", async () => {
    put(root, { 'a/notes.md': 'mine', 'a/b/image': '\u0000\u0001', 'a/b/stale': ours(), 'a/x': ours() });
    symlinkSync('x', join(root, 'a/link'));
    mkdirSync(join(root, 'z'));
    put(root, { 'z/ours': ours() });
    symlinkSync('../z', join(root, 'a/linked-folder'));
    const kept = ['a/b/image', 'a/link', 'a/linked-folder', 'a/notes.md'];
    const report = await writeFiles(root, generated({ 'a/x': ours() }), ['a']);
    expect(report).toEqual({ written: [], unchanged: ['a/x'], removed: ['a/b/stale'], foreign: kept });
    expect(Object.keys(read(root)).sort()).toEqual([...kept, 'a/x', 'z/ours'].sort());
  });

  test('once, when owned folders overlap; and does not mind those that are not there', async () => {
    put(root, { 'a/b/stale': ours(), 'a-b/stale': ours(), 'a/mine': 'x' });
    const report = await writeFiles(root, [], ['a/b', 'a', 'missing', 'a', 'a-b']);
    expect(report).toEqual({ ...nothing, removed: ['a-b/stale', 'a/b/stale'], foreign: ['a/mine'] });
    expect(read(root)).toEqual({ 'a/mine': 'x' });
  });
});

describe('exchanges', () => {
  test('a file for a folder and a folder for a file', async () => {
    put(root, { 'a/f': ours(), 'a/d/e/x': ours(), 'a/d/y': ours() });
    const files = { 'a/f/g/x': ours(), 'a/d': ours() };
    const report = await writeFiles(root, generated(files), ['a']);
    expect(report).toEqual({ ...nothing, written: ['a/d', 'a/f/g/x'], removed: ['a/d/e/x', 'a/d/y', 'a/f'] });
    expect(read(root)).toEqual(files);
  });

  test('the owned folder itself for a file, and back', async () => {
    put(root, { 'a/x': ours() });
    await writeFiles(root, generated({ a: ours() }), ['a']);
    expect(read(root)).toEqual({ a: ours() });
    await writeFiles(root, generated({ 'a/x': ours() }), ['a']);
    expect(read(root)).toEqual({ 'a/x': ours() });
  });
});

describe('symbolic links', () => {
  test('to the root are followed', async () => {
    mkdirSync(join(root, 'real'));
    symlinkSync('real', join(root, 'link'));
    await writeFiles(join(root, 'link'), generated({ x: ours() }), []);
    expect(read(root)).toEqual({ link: '-> real', 'real/x': ours() });
  });

  test('to folders in the root are followed, and the report names the real files', async () => {
    put(root, { 'real/b/stale': ours(), 'real/x': ours('old') });
    symlinkSync('real/b', join(root, 'link'));
    symlinkSync('link', join(root, 'again'));
    symlinkSync('../../real', join(root, 'real/b/up'));
    const files = generated({ 'again/new': ours(), 'link/up/x': ours('new') });
    const report = await writeFiles(root, files, ['link']);
    expect(report).toEqual({
      written: ['real/b/new', 'real/x'],
      unchanged: [],
      removed: ['real/b/stale'],
      foreign: ['real/b/up'],
    });
    expect(read(join(root, 'real'))).toEqual({ 'b/new': ours(), 'b/up': '-> ../../real', x: ours('new') });
    expect(existsSync(join(root, '.flatlan'))).toBe(false);
  });
});
