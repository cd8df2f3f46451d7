/** Runs a program to its end, with a line now and then so that nobody takes a long compile for a hang. */
import { spawn } from 'node:child_process';

/** How much of a program's output is kept for the report of a failure. */
const keptCharacters = 8_000;

/** How long programs may take to end after an interrupt, before they are killed: dpkg finishes the package it is at. */
const graceMilliseconds = 30_000;

const heartbeatSeconds = process.stdout.isTTY && !process.env.CI ? 15 : 60;

/** A step that could not be done; its message is for the user, so it is shown without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {1 | 3} exitCode 3 where the machine lacks something, 1 where a build failed
   */
  constructor(message, exitCode) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ label: string, cwd?: string, env?: NodeJS.ProcessEnv, signal: AbortSignal }} options
 *   `label` begins the heart-beat lines; `signal` ends the program, which this function then still waits for
 * @returns {Promise<void>}
 */
export async function runChild(command, args, { label, cwd, env, signal }) {
  signal.throwIfAborted();
  const began = Date.now();
  // A process group of its own, because go does not wait for its compilers when it is interrupted.
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => {
    output = (output + chunk.toString('utf8')).slice(-keptCharacters);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);

  const heartbeat = setInterval(() => console.log(`  ${label}: ${secondsSince(began)} s`), heartbeatSeconds * 1000);
  // go and npm clean up after themselves on an interrupt, not when killed.
  const end = () => {
    signalGroup(child.pid, 'SIGINT');
    setTimeout(() => signalGroup(child.pid, 'SIGKILL'), graceMilliseconds).unref();
  };
  signal.addEventListener('abort', end, { once: true });
  try {
    const code = await new Promise((done, failed) => {
      child.once('error', (error) => failed(new SetupError(`${command} cannot be started: ${error.message}`, 3)));
      child.once('close', (status, killedBy) => done(status ?? killedBy));
    });
    signal.throwIfAborted();
    if (code !== 0) {
      const what = `${[command, ...args].join(' ')}\n  in ${cwd ?? process.cwd()} ended with ${code}`;
      throw new SetupError(`${what}\n${indent(output.trimEnd())}`, 1);
    }
  } finally {
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
  }
}

/**
 * @param {number | undefined} pid of the group's first process; undefined when it was never started
 * @param {NodeJS.Signals} signal
 */
function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

/** @param {number} milliseconds a time as of Date.now() */
export function secondsSince(milliseconds) {
  return Math.round((Date.now() - milliseconds) / 1000);
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, '    ');
}
