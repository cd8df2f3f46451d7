/** Starts the child of child.ts. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ChildTask } from './child.ts';

const repository = resolve(import.meta.dirname, '../..');

/** Node 20 runs no TypeScript, and esbuild's module does not load under Jest: so it bundles in a process of its own. */
export function bundleChild(folder: string): string {
  const outfile = join(folder, 'child.mjs');
  const options = {
    entryPoints: [join(import.meta.dirname, 'child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    outfile,
  };
  const script = `import { buildSync } from 'esbuild'; buildSync(${JSON.stringify(options)});`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: repository });
  return outfile;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Child {
  readonly process: ChildProcess;
  /** The first set is written. */
  readonly started: Promise<unknown>;
  readonly ended: Promise<Ended>;
}

export function startChild(bundle: string, task: ChildTask): Child {
  const process_ = spawn(process.execPath, [bundle], { stdio: 'pipe' });
  const ended = Promise.all([once(process_, 'close'), text(process_.stdout), text(process_.stderr)]).then(
    ([[code, signal], stdout, stderr]: [unknown[], string, string]) => ({
      code: code as number | null,
      signal: signal as string | null,
      stdout,
      stderr,
    }),
  );
  process_.stdin.end(JSON.stringify(task));
  return { process: process_, started: once(process_.stdout, 'data'), ended };
}
