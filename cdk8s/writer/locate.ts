/** Resolves symbolic links in the paths of generated files, as long as they stay below the root. */
import { relative, sep } from 'node:path';
import { isErrno, type Obstacle } from './errors.ts';
import { ancestors, joined, pathProblem } from './path.ts';
import { absolute, lookAt, type Tree } from './tree.ts';

/** The real path, without symbolic links, or why nothing may be written there. */
export type Located = { readonly path: string } | Obstacle;

export interface Locator {
  /** Follows links to folders, but not a link in the file's own place. */
  file(path: string): Located;
  folder(path: string): Located;
}

/** Looks at each folder once. */
export function locator(tree: Tree): Locator {
  const known = new Map<string, Located>();

  function file(path: string): Located {
    const above = ancestors(path).at(-1);
    const parent = above === undefined ? { path: '' } : folder(above);
    if ('problem' in parent) return parent;
    return { path: joined(parent.path, path.slice(path.lastIndexOf('/') + 1)) };
  }

  function folder(path: string): Located {
    const before = known.get(path);
    if (before !== undefined) return before;
    const place = file(path);
    const followed = 'problem' in place ? place : follow(tree, place.path);
    known.set(path, followed);
    return followed;
  }

  return { file, folder };
}

function follow(tree: Tree, path: string): Located {
  if (lookAt(tree, path)?.isSymbolicLink() !== true) return { path };
  const target = realPath(tree, path);
  if (target === undefined) {
    return { path, problem: 'is a symbolic link that leads nowhere', remedy: 'remove the link' };
  }
  const inside = relative(tree.root, target).split(sep).join('/');
  if (pathProblem(inside) === undefined) return { path: inside };
  return {
    path,
    problem: `is a symbolic link to ${target}, where nothing generated may go`,
    remedy: `remove the link, or let it lead to a folder in ${tree.root}`,
  };
}

/** Undefined for a dangling link or a loop. */
function realPath(tree: Tree, path: string): string | undefined {
  try {
    return tree.fs.realpathSync(absolute(tree, path));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP', 'ENOTDIR')) return undefined;
    throw error;
  }
}
