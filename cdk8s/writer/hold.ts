/**
 * One writer at a time: the process whose name is in `.flatlan/` holds the root.
 *
 *     .flatlan-<me>/owner-<me>  ──rename──>  .flatlan/owner-<me>        no holder (no folder, or an empty one: released)
 *     .flatlan/owner-<dead>     ──rename──>  .flatlan/owner-<me>        the holder's process has ended: taken over
 *
 * Both are atomic: a folder cannot be renamed onto one that is not empty, and a name can be renamed away only once, so if
 * two processes find the same dead owner, one of them gets ENOENT. A process never deletes a lock that it does not own.
 *
 * The folder is in the root itself, because only there a rename is sure to stay on one file system, and because every
 * process that writes to that root sees it, whatever temporary folders it uses.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { BusyError, isErrno } from './errors.ts';
import { fateOf, newOwner, NOBODY, pidOf } from './owner.ts';
import { FOLDER } from './path.ts';
import { absolute, lookAt, namesIn, type Tree } from './tree.ts';

const POLL_MS = 20;
const OWNER = 'owner-';
const WAITING = `${FOLDER}-`;

/** The system's error codes for a folder that exists and is not empty. */
const TAKEN = process.platform === 'win32' ? ['EPERM', 'EACCES'] : ['ENOTEMPTY', 'EEXIST'];

export interface Hold {
  /** Releases the root. The folder must be empty but for the owner. */
  release(): void;
  /** Leaves the folder and what is in it to the next run, as if this process had been killed. */
  abandon(): void;
}

/** Whether another process holds the root, or has left something in its folder. */
export function isDisturbed(tree: Tree): boolean {
  return namesIn(tree, '').some((name) => name === FOLDER || name.startsWith(WAITING));
}

/** @throws BusyError when the root is still held by another after `patience` milliseconds. */
export async function acquire(tree: Tree, patience: number): Promise<Hold> {
  const me = newOwner();
  const waiting = `${WAITING}${me}`;
  const deadline = performance.now() + patience;
  tree.fs.mkdirSync(absolute(tree, waiting));
  try {
    tree.fs.closeSync(tree.fs.openSync(absolute(tree, `${waiting}/${OWNER}${me}`), 'wx'));
    while (!moveIn(tree, waiting) && !takeOver(tree, me)) {
      if (performance.now() > deadline) throw busy(tree);
      await delay(POLL_MS);
    }
  } finally {
    removeWaiting(tree, waiting);
  }
  return {
    release: () => {
      release(tree, me);
    },
    abandon: () => {
      rename(tree, me, NOBODY);
    },
  };
}

/** Removes what processes killed while waiting have left. Only the holder may call it. */
export function sweep(tree: Tree): void {
  for (const name of namesIn(tree, '')) {
    if (name.startsWith(WAITING) && fateOf(name.slice(WAITING.length)) === 'dead') removeWaiting(tree, name);
  }
}

/** What is in the holder's folder besides the holder's name. */
export function leftovers(tree: Tree): string[] {
  return namesIn(tree, FOLDER).filter((name) => !name.startsWith(OWNER));
}

function moveIn(tree: Tree, waiting: string): boolean {
  try {
    tree.fs.renameSync(absolute(tree, waiting), absolute(tree, FOLDER));
    return true;
  } catch (error) {
    if (isErrno(error, ...TAKEN)) return false;
    throw error;
  }
}

function takeOver(tree: Tree, me: string): boolean {
  const owner = ownerOf(tree);
  return owner !== undefined && fateOf(owner) === 'dead' && rename(tree, owner, me);
}

function ownerOf(tree: Tree): string | undefined {
  return namesIn(tree, FOLDER)
    .find((name) => name.startsWith(OWNER))
    ?.slice(OWNER.length);
}

/** Replaces one owner by another; false if the old one is no longer there. */
function rename(tree: Tree, from: string, to: string): boolean {
  try {
    tree.fs.renameSync(absolute(tree, `${FOLDER}/${OWNER}${from}`), absolute(tree, `${FOLDER}/${OWNER}${to}`));
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

function release(tree: Tree, me: string): void {
  tree.fs.unlinkSync(absolute(tree, `${FOLDER}/${OWNER}${me}`));
  try {
    tree.fs.rmdirSync(absolute(tree, FOLDER));
  } catch (error) {
    // Once the folder is empty, another process may have taken it, and even released it, already.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

/** Best effort: a later run sweeps what stays. */
function removeWaiting(tree: Tree, waiting: string): void {
  try {
    // Never follows a symbolic link that somebody put there.
    if (lookAt(tree, waiting)?.isDirectory() !== true) return;
    for (const name of namesIn(tree, waiting)) {
      if (name.startsWith(OWNER)) tree.fs.unlinkSync(absolute(tree, `${waiting}/${name}`));
    }
    tree.fs.rmdirSync(absolute(tree, waiting));
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
}

function busy(tree: Tree): BusyError {
  const owner = ownerOf(tree);
  const folder = absolute(tree, FOLDER);
  if (owner === undefined) {
    return new BusyError(tree.root, `${folder} is not a folder of flatlan's`, 'move it away and run again');
  }
  const writer = `flatlan (process ${pidOf(owner)})`;
  if (fateOf(owner) !== 'unknown') {
    return new BusyError(tree.root, `${writer} writes there`, 'wait for it to end and run again');
  }
  return new BusyError(
    tree.root,
    `${writer} on another machine or in another container writes there`,
    `wait for it to end, or, when it ended unexpectedly, delete ${folder}; then run again`,
  );
}
