/** The tree of files below a root, and the few questions the writer asks about it. */
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

/** What stands at a path, a symbolic link not followed; undefined when nothing does, also because of a file on the way. */
export function lookAt(tree: Tree, path: string): nodeFs.Stats | undefined {
  try {
    return tree.fs.lstatSync(absolute(tree, path), { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The names in a folder, sorted; none when it is not there. */
export function namesIn(tree: Tree, path: string): string[] {
  try {
    return tree.fs.readdirSync(absolute(tree, path)).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/**
 * Runs calls of the file system side by side: those that wait for the disk take a tenth of the time. All have ended when
 * it returns, also when one failed.
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
 * What keeps a generated file from standing at a path, or from being removed there. Asked again right before each
 * change, because hours may lie between an interrupted run and the next, and people edit meanwhile.
 */
export function obstacleAt(tree: Tree, path: string): Obstacle | undefined {
  const before = obstacleBefore(tree, path);
  if (before !== undefined) return before;
  const stats = lookAt(tree, path);
  if (stats === undefined || (stats.isFile() && carriesBanner(tree, path))) return undefined;
  return notOurs(path, stats);
}

/** What is no folder, or a link to one, on the way to a path. */
export function obstacleBefore(tree: Tree, path: string): Obstacle | undefined {
  const folder = ancestors(path).find((folder) => lookAt(tree, folder)?.isDirectory() === false);
  return folder === undefined ? undefined : notAFolder(folder, path);
}

export function notAFolder(path: string, target: string): Obstacle {
  return { path, problem: `is not a folder, and ${target} needs one there`, remedy: 'move it away' };
}

/** A symbolic link is never ours, wherever it leads: a rename would cut it, and following it would write elsewhere. */
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
