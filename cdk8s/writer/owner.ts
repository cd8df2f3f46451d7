/**
 * The name of the process that holds a root; another process can tell from it whether the holder still runs:
 *
 *     4711-8123456-9f2c01ab-5d3e7c90
 *     pid  start   place    random
 *
 * `start` (clock ticks after boot, from /proc; 0 without /proc) tells a process from a later one with the same PID.
 * `place` identifies the machine and its PID namespace: only a process in the same place can be looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isErrno } from './errors.ts';

const NAME = /^(?<pid>\d+)-(?<start>\d+)-(?<place>[0-9a-f]{8})-[0-9a-f]{8}$/;

/** The owner's name once it has given up a change that it could not finish; treated like a dead process. */
export const NOBODY = 'nobody';

export type Fate = 'alive' | 'dead' | 'unknown';

/** A new name for this process; each call of the writer has one of its own. */
export function newOwner(): string {
  return [process.pid, processStat(process.pid)?.start ?? 0, place(), randomBytes(4).toString('hex')].join('-');
}

/** Whether this owner still runs; unknown if it is in another place, or if this is not an owner's name. */
export function fateOf(owner: string): Fate {
  if (owner === NOBODY) return 'dead';
  const parts = NAME.exec(owner)?.groups;
  if (parts?.place !== place()) return 'unknown';
  const pid = Number(parts.pid);
  if (!exists(pid)) return 'dead';
  const stat = processStat(pid);
  if (stat === undefined) return 'alive';
  // A zombie has ended and only waits to be reaped by its parent.
  const ended = stat.state === 'Z' || stat.state === 'X' || stat.start !== parts.start;
  return ended ? 'dead' : 'alive';
}

/** The PID of the owner, for messages. */
export function pidOf(owner: string): string {
  return NAME.exec(owner)?.groups?.pid ?? 'unknown';
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it belongs to another user, so it exists.
    return !isErrno(error, 'ESRCH');
  }
}

function processStat(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in parentheses, and may itself contain spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function place(): string {
  const namespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8);
}

/** An empty text where there is no /proc, or where it hides the processes of other users. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
