/** A program of the lab that runs until somebody ends it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { killGroup } from './program.ts';
import { firstChild } from './holder.ts';

const graceMilliseconds = 2_000;

export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #log: string;
  readonly #gone: Promise<void>;
  #state: string | undefined;
  #asked = false;

  constructor(name: string, child: ChildProcess, log: string) {
    this.name = name;
    this.#child = child;
    this.#log = log;
    this.#gone = new Promise((done) => {
      child.once('exit', (code, signal) => {
        this.#state = `ended with ${code ?? signal ?? 'nothing'}`;
        done();
      });
    });
  }

  /** What it wrote so far. */
  log(): string {
    return readFileSync(this.#log, 'utf8');
  }

  /** Undefined while it runs, then how it ended, with the last lines of its log. */
  ended(): string | undefined {
    return this.#state === undefined ? undefined : `${this.name} ${this.#state}; the end of its log:\n${this.tail()}`;
  }

  /** As `ended`, but only where nobody asked for it. */
  crashed(): string | undefined {
    return this.#asked ? undefined : this.ended();
  }

  tail(lines = 20): string {
    return this.log().trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** Its number as this machine counts: that of the program, not of the `nsenter` before it. */
  pid(): number {
    return firstChild(this.#child.pid ?? 0);
  }

  /** Sends a signal to the program alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.#state === undefined) process.kill(this.pid(), signal);
  }

  /** Asks it to end, and makes it after two seconds. */
  async stop(): Promise<void> {
    this.#asked = true;
    this.signal('SIGTERM');
    const limit = setTimeout(() => {
      killGroup(this.#child);
    }, graceMilliseconds);
    await this.#end();
    clearTimeout(limit);
  }

  /** Ends it, and what it started, as a crash does. */
  async kill(): Promise<void> {
    this.#asked = true;
    killGroup(this.#child);
    await this.#end();
  }

  /** For those that end with the lab, or with their machine. */
  async goesToo(): Promise<void> {
    this.#asked = true;
    await this.#end();
  }

  async #end(): Promise<void> {
    this.#child.ref();
    await this.#gone;
  }
}

/** Starts `command`; what it writes goes to the file `log`. */
export async function startDaemon(
  name: string,
  command: readonly string[],
  { log, env }: { log: string; env: NodeJS.ProcessEnv },
): Promise<Daemon> {
  const [program = '', ...args] = command;
  const output = openSync(log, 'a');
  // A process group of its own, which ends with it.
  const child = spawn(program, args, { env, detached: true, stdio: ['ignore', output, output] });
  closeSync(output);
  const daemon = new Daemon(name, child, log);
  await new Promise<void>((done, failed) => {
    child.once('spawn', done);
    child.once('error', (error) => {
      failed(new Error(`${name} could not be started: ${error.message}`));
    });
  });
  // Nobody's event loop is kept alive by a daemon.
  child.unref();
  return daemon;
}
