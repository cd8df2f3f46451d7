/** One writer at a time, and what dead ones left. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import nodeFs from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { BusyError, writeFiles } from '../../cdk8s/writer/index.ts';
import { acquire } from '../../cdk8s/writer/hold.ts';
import { fateOf, newOwner } from '../../cdk8s/writer/owner.ts';
import { bundleChild, startChild } from './children.ts';
import { generated, ours, put, read, temporaryFolder } from './trees.ts';

let folder: string;
let root: string;

beforeEach(() => {
  folder = temporaryFolder();
  root = join(folder, 'root');
  mkdirSync(root);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const x = generated({ x: ours() });

/** The name that this process would have with other parts. */
function named(parts: { pid?: number; start?: string; place?: string }): string {
  const [pid, start, place, random] = newOwner().split('-');
  return [parts.pid ?? pid, parts.start ?? start, parts.place ?? place, random].join('-');
}

async function stopped(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('fateOf', () => {
  test('this process is alive, its number with another start is not', () => {
    expect(fateOf(newOwner())).toBe('alive');
    expect(fateOf(named({ start: '1' }))).toBe(process.platform === 'linux' ? 'dead' : 'alive');
  });

  test('another process is alive until it ends', async () => {
    const child = spawn('sleep', ['1000']);
    const start = nodeFs.readFileSync(`/proc/${String(child.pid)}/stat`, 'utf8').split(' ')[21] ?? '';
    const owner = named({ start, ...(child.pid === undefined ? {} : { pid: child.pid }) });
    expect(fateOf(owner)).toBe('alive');
    await stopped(child);
    expect(fateOf(owner)).toBe('dead');
  });

  test('one that was killed and that nobody waits for is dead', async () => {
    // The shell starts a child, replaces itself by sleep, and so never waits for it.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 1000'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    const stat = (): string[] => nodeFs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
    const deadline = performance.now() + 5000;
    while (stat()[2] !== 'Z' && performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
    expect(stat()[2]).toBe('Z');
    expect(fateOf(named({ pid, start: stat()[21] ?? '' }))).toBe('dead');
    await stopped(parent);
  });

  test('of those elsewhere, and of other names, nothing is known', () => {
    expect(fateOf(named({ place: '00000000' }))).toBe('unknown');
    expect(fateOf(named({ place: '00000000', pid: 999_999_999 }))).toBe('unknown');
    expect(fateOf('somebody')).toBe('unknown');
    expect(fateOf('nobody')).toBe('dead');
  });
});

describe('while another holds the root', () => {
  test('a writer gives up after its patience, and says who holds it', async () => {
    const hold = await acquire({ fs: nodeFs, root }, 0);
    const before = read(root);
    const error = await writeFiles(root, x, [], { patience: 0 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BusyError);
    expect(error).toMatchObject({
      code: 'writer/busy',
      message: `${root} is in use, nothing was changed: flatlan (process ${process.pid}) writes there; wait for it to end and run again`,
    });
    expect(read(root)).toEqual(before);
    hold.release();
    await writeFiles(root, x, [], { patience: 0 });
    expect(read(root)).toEqual({ x: ours() });
  });

  test('a writer waits, and goes on when it is free', async () => {
    const hold = await acquire({ fs: nodeFs, root }, 0);
    const waiting = writeFiles(root, x, []);
    while (!readdirSync(root).some((name) => name.startsWith('.flatlan-'))) await new Promise(setImmediate);
    expect(readdirSync(root)).not.toContain('x');
    hold.release();
    expect((await waiting).written).toEqual(['x']);
    expect(read(root)).toEqual({ x: ours() });
  });

  test('on another machine it cannot be known whether it is dead', async () => {
    put(root, { [`.flatlan/owner-${named({ place: '00000000', pid: 77 })}`]: '' });
    await expect(writeFiles(root, x, [], { patience: 0 })).rejects.toThrow(
      `flatlan (process 77) on another machine or in another container writes there; wait for it to end, or, when it ended unexpectedly, delete ${join(root, '.flatlan')}; then run again`,
    );
  });

  test("a folder of the name that is a person's is left alone", async () => {
    put(root, { '.flatlan/notes': 'mine' });
    await expect(writeFiles(root, x, [], { patience: 0 })).rejects.toThrow(
      `${join(root, '.flatlan')} is not a folder of flatlan's; move it away and run again`,
    );
    expect(read(root)).toEqual({ '.flatlan/notes': 'mine' });
  });
});

describe('the next run', () => {
  const dead = (): string => named({ pid: 999_999_999 });

  test('takes the place of a dead holder', async () => {
    put(root, { [`.flatlan/owner-${dead()}`]: '', '.flatlan/new/0': 'half', '.flatlan/old': null, x: ours('old') });
    await writeFiles(root, x, []);
    expect(read(root)).toEqual({ x: ours() });
  });

  test('clears up also when there is nothing to write', async () => {
    put(root, { [`.flatlan/owner-${dead()}`]: '', [`.flatlan-${dead()}`]: null, x: ours() });
    expect((await writeFiles(root, x, [])).unchanged).toEqual(['x']);
    expect(read(root)).toEqual({ x: ours() });
  });

  test('moves into an empty folder: one that was released half', async () => {
    put(root, { '.flatlan': null });
    await writeFiles(root, x, []);
    expect(read(root)).toEqual({ x: ours() });
  });

  test('sweeps what dead processes left that waited, and nothing of living ones, others or people', async () => {
    const [gone, living, elsewhere] = [dead(), newOwner(), named({ place: '00000000' })];
    const kept = {
      [`.flatlan-${living}/owner-${living}`]: '',
      [`.flatlan-${elsewhere}/owner-${elsewhere}`]: '',
      '.flatlan-notes/owner-of-this': 'mine',
    };
    put(root, { ...kept, [`.flatlan-${gone}/owner-${gone}`]: '', [`.flatlan-${dead()}`]: null });
    await writeFiles(root, x, []);
    expect(read(root)).toEqual({ ...kept, x: ours() });
  });
});

test('many at once in one process: one set after the other, never a mixture', async () => {
  const sets = Array.from({ length: 8 }, (_, set) => {
    const files: Record<string, string> = { 'gen/x': ours(String(set)) };
    for (let i = 0; i < 5; i++) files[`gen/${set}-${i}`] = ours(String(set));
    return files;
  });
  await Promise.all(sets.map((files) => writeFiles(root, generated(files), ['gen'], { patience: 10_000 })));
  expect(sets).toContainEqual(read(root));
}, 30_000);

test('many processes at once, after a dead one: never a mixture', async () => {
  const bundle = bundleChild(folder);
  put(root, { [`.flatlan/owner-${named({ pid: 999_999_999 })}`]: '' });
  const sets = ['a', 'b', 'c', 'd'].map((name) => ({
    [`gen/${name}/1`]: ours(name),
    [`gen/${name}/2`]: ours(name),
    'gen/x': ours(name),
  }));
  const children = sets.map((_, first) => {
    const order = [...sets.slice(first), ...sets.slice(0, first)].map(generated);
    return startChild(bundle, { root, sets: [...order, ...order, ...order], owned: ['gen'], patience: 15_000 }).ended;
  });
  for (const ended of await Promise.all(children)) expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(sets).toContainEqual(read(root));
}, 30_000);

test('a folder without write permission, for real', async () => {
  put(root, { 'gen/old': ours('old'), 'shut/old': ours('old') });
  for (const path of ['.', 'gen', 'gen/old', 'shut/old']) nodeFs.chmodSync(join(root, path), 0o777);
  nodeFs.chmodSync(join(root, 'shut'), 0o555);
  nodeFs.chmodSync(folder, 0o755);
  const files = generated({ 'gen/old': ours('new'), 'gen/new/x': ours(), 'shut/new': ours(), 'shut/old': ours('new') });
  const before = read(root);
  // Root may write everywhere, so a child becomes somebody else.
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const { code, stderr } = await startChild(bundleChild(folder), { root, sets: [files], owned: ['gen'], ...uid }).ended;
  nodeFs.chmodSync(join(root, 'shut'), 0o755);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `WriteError: ${join(root, 'shut/new')}: no permission (EACCES); give yourself write permission on it and on its folder and run again. Nothing was changed.`,
  });
  expect(read(root)).toEqual(before);
}, 30_000);
