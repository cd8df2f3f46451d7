/** Programs that a test runs in the background, under a guard; and those that run to their end, from the lab. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';

export { run, type RunOptions, type RunResult } from '../../cdk8s/lab/program.ts';

/** A program in the background. */
export interface Daemon {
  readonly name: string;
  readonly pid: number;
  /** Undefined while it runs, then how it ended, with the last lines of its log. */
  ended(): string | undefined;
  /** Kills it outright and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program whose output goes to the file `log`. */
export async function startDaemon(
  name: string,
  command: string,
  args: readonly string[],
  { log, env, cwd, guard }: { log: string; env?: NodeJS.ProcessEnv; cwd?: string; guard: Guard },
): Promise<Daemon> {
  const output = openSync(log, 'a');
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', output, output] });
  closeSync(output);
  let state: string | undefined;
  const gone = new Promise<void>((done) => {
    child.once('exit', (code, signal) => {
      state = `${name} ended with ${code ?? signal ?? 'nothing'}; the end of its log:\n${tail(log)}`;
      done();
    });
  });
  await new Promise<void>((done, failed) => {
    child.once('spawn', done);
    child.once('error', (error) => {
      failed(new Error(`${name} could not be started (${command}): ${error.message}`));
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} (${command}) has no process id although it was started`);
  guard.add(pid);
  // A test that forgets to stop it must not keep Jest from ending; the guard stops it then.
  child.unref();
  return {
    name,
    pid,
    ended: () => state,
    kill: async () => {
      child.ref();
      child.kill('SIGKILL');
      await gone;
    },
  };
}

/** The last lines of a log, for messages. */
export function tail(log: string, lines = 20): string {
  return existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';
}

/**
 * Kills daemons and removes their folder when this process dies in whatever way. No handler inside the process can do
 * that: Jest's `process` object never emits `exit` to a test, and nothing runs after a kill -9.
 *
 *     this process ──pipe──> sh: reads process ids, one a line
 *          ✝ ───────EOF────> kill -9 of each, rm -rf of the folder
 */
export interface Guard {
  add(pid: number): void;
  /** Ends the guard; what it guarded must be gone. */
  dismiss(): Promise<void>;
}

const guardScript =
  'pids=; while read -r pid; do pids="$pids $pid"; done; [ -z "$pids" ] || kill -9 $pids; rm -rf "$1"';

export function startGuard(folder: string): Guard {
  // Its own session: an interrupt typed at the terminal goes to the whole process group.
  const child = spawn('sh', ['-c', guardScript, 'guard', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const gone = new Promise<void>((done) => {
    child.once('exit', () => {
      done();
    });
    child.once('error', () => {
      done();
    });
  });
  child.stdin.on('error', () => undefined);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    add: (pid) => {
      child.stdin.write(`${pid}\n`);
    },
    dismiss: async () => {
      child.ref();
      child.kill('SIGKILL');
      await gone;
    },
  };
}
