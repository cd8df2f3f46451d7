/** The calls that change a tree, made idempotent: what is already done is not an error. */
import { isErrno } from './errors.ts';
import { absolute, type Tree } from './tree.ts';

export function mkdir(tree: Tree, path: string): void {
  tolerating(['EEXIST'], () => {
    tree.fs.mkdirSync(absolute(tree, path));
  });
}

/** Leaves a folder that is not empty. */
export function rmdir(tree: Tree, path: string): void {
  tolerating(['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'], () => {
    tree.fs.rmdirSync(absolute(tree, path));
  });
}

export function unlink(tree: Tree, path: string): void {
  tolerating(['ENOENT'], () => {
    tree.fs.unlinkSync(absolute(tree, path));
  });
}

/** Not idempotent: check first. */
export function rename(tree: Tree, from: string, to: string): void {
  tree.fs.renameSync(absolute(tree, from), absolute(tree, to));
}

function tolerating(codes: readonly string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!isErrno(error, ...codes)) throw error;
  }
}
