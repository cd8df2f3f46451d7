/** One program, run to its end with a time limit. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Written to standard input, which is closed then. */
  input?: string | undefined;
  /** Milliseconds until the program is killed and `run` fails; default 60,000: the slowest Helm upgrade takes 6 s. */
  timeout?: number;
}

export interface RunResult {
  /** Exit status as the program gave it. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. A bad exit status is a result; no start, no end in time and a signal are errors. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { cwd, env, input, timeout = 60_000 } = options;
  const title = [command, ...args].join(' ');
  // A process group of its own, so that what the program started ends with it at the time limit.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // A program that does not read its input closes the pipe; its exit status tells what that means.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');

  const limit = AbortSignal.timeout(timeout);
  const end = () => {
    killGroup(child);
  };
  limit.addEventListener('abort', end);
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((done, failed) => {
      child.once('error', (error) => {
        failed(new Error(`${title} could not be started: ${error.message}`));
      });
      child.once('close', (...ended) => {
        done(ended);
      });
    });
    if (limit.aborted) throw new Error(`${title} did not end within ${timeout} ms and was killed\n${stderr || stdout}`);
    if (code === null) throw new Error(`${title} was ended by ${signal ?? 'an unknown signal'}\n${stderr}`);
    return { code, stdout, stderr };
  } finally {
    limit.removeEventListener('abort', end);
  }
}

/** Kills a child that leads a process group (`detached`), and what it started. */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Ended meanwhile.
  }
}
