/** The tree of files below a root, and what the writer needs to know about it. */
import type nodeFs from 'node:fs';
import { join } from 'node:path';
import { BANNER } from '../banner.ts';
import { isErrno, type Obstacle } from './errors.ts';
import { HEAD_BYTES, isOurs } from './file.ts';
import { ancestors } from './path.ts';

/** What the writer uses of node:fs, which is the default. */
export type FileSystem = Pick<
  typeof nodeFs,
  | 'closeSync'
  | 'copyFileSync'
  | 'fsync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'readdirSync'
  | 'readFileSync'
  | 'readSync'
  | 'realpathSync'
  | 'renameSync'
  | 'rmdirSync'
  | 'statSync'
  | 'unlink'
  | 'unlinkSync'
  | 'writeFileSync'
>;

export interface Tree {
  readonly fs: FileSystem;
  /** Absolute, without symbolic links. */
  readonly root: string;
}

export function absolute(tree: Tree, path: string): string {
  return join(tree.root, path);
}

/** What is at a path, without following a symbolic link; undefined if nothing is, or if a parent is a file. */
export function lookAt(tree: Tree, path: string): nodeFs.Stats | undefined {
  try {
    return tree.fs.lstatSync(absolute(tree, path), { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The names in a folder, sorted; none if it does not exist. */
export function namesIn(tree: Tree, path: string): string[] {
  try {
    return tree.fs.readdirSync(absolute(tree, path)).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * Runs calls of the file system in parallel: calls that wait for the disk then take a tenth of the time. All have ended
 * when it returns, even if one failed.
 */
export async function together<T>(
  items: readonly T[],
  call: (item: T, done: (error: Error | null) => void) => void,
): Promise<void> {
  const results = await Promise.allSettled(
    items.map(
      (item) =>
        new Promise<void>((resolve, reject) => {
          call(item, (error) => {
            if (error === null) resolve();
            else reject(error);
          });
        }),
    ),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Whether the regular file at a path carries the banner. */
export function carriesBanner(tree: Tree, path: string): boolean {
  const head = Buffer.alloc(HEAD_BYTES);
  const file = tree.fs.openSync(absolute(tree, path), 'r');
  try {
    return isOurs(head.toString('utf8', 0, tree.fs.readSync(file, head, 0, HEAD_BYTES, 0)));
  } finally {
    tree.fs.closeSync(file);
  }
}

/**
 * What prevents a generated file from being written to a path, or removed from it. Checked again right before each change,
 * because hours may pass between an interrupted run and the next one, and users edit files in the meantime.
 */
export function obstacleAt(tree: Tree, path: string): Obstacle | undefined {
  const before = obstacleBefore(tree, path);
  if (before !== undefined) return before;
  const stats = lookAt(tree, path);
  if (stats === undefined || (stats.isFile() && carriesBanner(tree, path))) return undefined;
  return notOurs(path, stats);
}

/** A parent of a path that is not a folder, even if it is a link to one. */
export function obstacleBefore(tree: Tree, path: string): Obstacle | undefined {
  const folder = ancestors(path).find((folder) => lookAt(tree, folder)?.isDirectory() === false);
  return folder === undefined ? undefined : notAFolder(folder, path);
}

export function notAFolder(path: string, target: string): Obstacle {
  return { path, problem: `is not a folder, and ${target} needs one there`, remedy: 'move it away' };
}

/** A symbolic link is never a generated file: a rename would replace it, and following it would write elsewhere. */
export function notOurs(path: string, stats: nodeFs.Stats): Obstacle {
  if (stats.isDirectory()) {
    return { path, problem: 'is a folder, and a generated file goes there', remedy: 'move it away' };
  }
  if (stats.isSymbolicLink()) {
    return { path, problem: 'is a symbolic link, and a generated file goes there', remedy: 'remove the link' };
  }
  const problem = stats.isFile() ? `does not carry the banner "${BANNER}"` : 'is a device, pipe or socket';
  return { path, problem: `${problem}, so it is not flatlan's`, remedy: 'move it away or delete it' };
}
