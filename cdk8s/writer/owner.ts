/**
 * Who works in a root, as a name that a later process can judge:
 *
 *     4711-8123456-9f2c01ab-5d3e7c90
 *     pid  start   place    random
 *
 * `start` (clock ticks after boot, from /proc; 0 where there is none) tells a process from a later one with its number.
 * `place` stands for the machine and its pid namespace: only a process of the same place can be looked up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isErrno } from './errors.ts';

const NAME = /^(?<pid>\d+)-(?<start>\d+)-(?<place>[0-9a-f]{8})-[0-9a-f]{8}$/;

/** The name of an owner that gave up what it could not finish: as good as dead. */
export const NOBODY = 'nobody';

export type Fate = 'alive' | 'dead' | 'unknown';

/** A new name for this process; each call of the writer has its own. */
export function newOwner(): string {
  return [process.pid, processStat(process.pid)?.start ?? 0, place(), randomBytes(4).toString('hex')].join('-');
}

/** Whether the owner of this name still works; unknown when it is elsewhere, or when that is no name of an owner. */
export function fateOf(owner: string): Fate {
  if (owner === NOBODY) return 'dead';
  const parts = NAME.exec(owner)?.groups;
  if (parts?.place !== place()) return 'unknown';
  const pid = Number(parts.pid);
  if (!exists(pid)) return 'dead';
  const stat = processStat(pid);
  if (stat === undefined) return 'alive';
  // A zombie was killed and only waits for its parent to notice.
  const ended = stat.state === 'Z' || stat.state === 'X' || stat.start !== parts.start;
  return ended ? 'dead' : 'alive';
}

/** The number of the owner's process, for messages. */
export function pidOf(owner: string): string {
  return NAME.exec(owner)?.groups?.pid ?? 'unknown';
}

function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: somebody else's, so it is there.
    return !isErrno(error, 'ESRCH');
  }
}

function processStat(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in parentheses and may hold anything, also spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? undefined : { state, start };
}

function place(): string {
  const namespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256').update(`${hostname()} ${namespace}`).digest('hex').slice(0, 8);
}

/** Where there is no /proc, or it hides other people's processes, one knows less. */
function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
