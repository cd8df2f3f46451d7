import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NotYet, waitFor } from './http.ts';
import { run, startDaemon, startGuard } from './process.ts';

// Milliseconds where nothing else runs; builds on the same two cores make that seconds.
jest.setTimeout(60_000);

const repository = resolve(import.meta.dirname, '../..');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flatlan-process-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(what: string, isGone: () => boolean): Promise<void> {
  await waitFor(what, 5_000, () => Promise.resolve(isGone() || new NotYet('it is still there')));
}

describe('run', () => {
  test('hands over input, arguments and environment and gives back what came', async () => {
    const script = 'cat; echo "$0 $WORD" >&2; exit 3';
    const result = await run('/bin/sh', ['-c', script, 'name'], { env: { WORD: 'x', PATH: '/bin' }, input: 'in' });
    expect(result).toEqual({ code: 3, stdout: 'in', stderr: 'name x\n' });
  });

  test('does not mind a program that ignores its input', async () => {
    const input = 'x'.repeat(1_000_000);
    expect(await run('/bin/sh', ['-c', 'exit 0'], { input })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('kills what does not end, with all that it started', async () => {
    const script = 'sleep 1000 & echo $!; wait';
    const late = run('/bin/sh', ['-c', script], { timeout: 300 });
    const message = await late.then(
      () => 'it ended',
      (error: unknown) => String(error),
    );
    const [, pid] = /did not end within 300 ms and was killed\n(\d+)/.exec(message) ?? [];
    expect(message).toContain('/bin/sh -c');
    await gone('the grandchild ends', () => !isAlive(Number(pid)));
  });

  test('says what could not be started', async () => {
    await expect(run('no-such-program', ['x'])).rejects.toThrow(/^no-such-program x could not be started: .*ENOENT/);
  });
});

describe('a daemon', () => {
  test('is killed and waited for', async () => {
    const guard = startGuard(folder);
    const log = join(folder, 'log');
    const daemon = await startDaemon('sleeper', 'sleep', ['1000'], { log, guard });
    expect(daemon.ended()).toBeUndefined();
    await daemon.kill();
    expect(daemon.ended()).toMatch(/^sleeper ended with SIGKILL/);
    expect(isAlive(daemon.pid)).toBe(false);
    await guard.dismiss();
    expect(existsSync(folder)).toBe(true);
  });

  test('tells how it ended', async () => {
    const guard = startGuard(folder);
    const script = 'echo "cannot bind"; exit 7';
    const daemon = await startDaemon('binder', 'sh', ['-c', script], { log: join(folder, 'log'), guard });
    await gone('binder ends', () => daemon.ended() !== undefined);
    expect(daemon.ended()).toBe('binder ended with 7; the end of its log:\ncannot bind');
    await guard.dismiss();
  });
});

describe('when the test process ends without stopping its daemons', () => {
  /** The victim must be a process of its own; it is bundled because this Node may not run TypeScript. */
  async function startVictim(guarded: string, last: string) {
    const source = `
      import { startDaemon, startGuard } from ${JSON.stringify(join(import.meta.dirname, 'process.ts'))};
      const guard = startGuard(process.argv[2]);
      const log = process.argv[2] + '/log';
      const daemon = await startDaemon('sleeper', 'sleep', ['1000'], { log, guard });
      console.log(daemon.pid);
      ${last}
    `;
    writeFileSync(join(folder, 'victim.ts'), source);
    const bundle = ['victim.ts', '--bundle', '--platform=node', '--format=esm', '--outfile=victim.mjs'];
    const bundled = await run(join(repository, 'node_modules/.bin/esbuild'), bundle, { cwd: folder });
    expect(bundled).toMatchObject({ code: 0 });
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const victim = spawn(process.execPath, [join(folder, 'victim.mjs'), guarded], { stdio: [...stdio] });
    const [line] = (await once(victim.stdout, 'data')) as [Buffer];
    return { victim, pid: Number(line.toString('utf8')) };
  }

  test.each([
    ['by itself', '', undefined],
    ['killed outright', 'setInterval(() => undefined, 1000);', 'SIGKILL'],
  ] as const)('%s, they go, and their folder with them', async (_how, last, signal) => {
    const guarded = mkdtempSync(join(folder, 'guarded-'));
    const { victim, pid } = await startVictim(guarded, last);
    const ended = victim.exitCode === null ? once(victim, 'exit') : Promise.resolve();
    if (signal) victim.kill(signal);
    await ended;
    await gone('the daemon ends', () => !isAlive(pid));
    await gone('the folder goes', () => !existsSync(guarded));
  });
});
