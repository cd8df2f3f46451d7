/** Compares the generated files with the tree: what to write, what is left over, what is in the way. Only reads. */
import type { Obstacle } from './errors.ts';
import type { GeneratedFile } from './file.ts';
import { type Located, locator } from './locate.ts';
import { ancestors, clashes, sorted } from './path.ts';
import { absolute, carriesBanner, lookAt, notAFolder, notOurs, type Tree } from './tree.ts';
import { type Leftovers, type Target, walk } from './walk.ts';

/** All paths are real paths, with symbolic links resolved. */
export interface Survey extends Leftovers {
  readonly unchanged: readonly string[];
  readonly writes: readonly Write[];
  /** Folders to create, outermost first. */
  readonly missing: readonly string[];
  readonly obstacles: readonly Obstacle[];
}

export interface Write {
  readonly path: string;
  readonly content: Buffer;
  /** An older generated file is there. */
  readonly replaces: boolean;
}

type Judged<T> = { readonly value: T } | Obstacle;

/** Looks at every generated file's place and at everything in the owned folders. */
export function survey(tree: Tree, files: readonly GeneratedFile[], owned: readonly string[]): Survey {
  const locate = locator(tree);
  const obstacles = new Map<string, Obstacle>();

  function accepted<T, U>(items: readonly T[], judge: (item: T) => Judged<U>): U[] {
    return items.flatMap((item) => {
      const judged = judge(item);
      if ('value' in judged) return [judged.value];
      obstacles.set(judged.path, judged);
      return [];
    });
  }

  const targets = accepted(files, ({ path, content }) =>
    inPlace(locate.file(path), (path): Target => ({ path, content: Buffer.from(content), stats: lookAt(tree, path) })),
  );
  const roots = accepted(owned, (path) => inPlace(locate.folder(path), (path) => path));
  for (const { path, problem } of clashes(targets.map(({ path }) => path))) {
    obstacles.set(path, { path, problem: `${problem}, by a symbolic link`, remedy: 'remove the link' });
  }

  const left = walk(tree, targets, roots);
  const gone = new Set([...left.stale, ...left.emptied]);
  const found = accepted(targets, (target) => compare(tree, target, gone));
  const folders = sorted(new Set(targets.flatMap(({ path }) => ancestors(path))));
  const missing = accepted(folders, (folder) => judgeFolder(tree, folder, gone, targets));
  return {
    ...left,
    unchanged: sorted(found.flatMap((item) => (typeof item === 'string' ? [item] : []))),
    writes: found.filter((item) => typeof item !== 'string').sort((a, b) => (a.path < b.path ? -1 : 1)),
    missing: missing.filter((folder) => folder !== undefined),
    obstacles: [...obstacles.values()],
  };
}

/** Whether there is anything to do. */
export function isChange({ writes, stale, emptied }: Survey): boolean {
  return writes.length + stale.length + emptied.length > 0;
}

function inPlace<T>(located: Located, value: (path: string) => T): Judged<T> {
  return 'problem' in located ? located : { value: value(located.path) };
}

/** Only the path if the file there already has this content. */
function compare(tree: Tree, { path, content, stats }: Target, gone: ReadonlySet<string>): Judged<string | Write> {
  if (stats === undefined || gone.has(path)) return { value: { path, content, replaces: false } };
  if (!stats.isFile()) return notOurs(path, stats);
  if (stats.size === content.length && tree.fs.readFileSync(absolute(tree, path)).equals(content)) {
    return { value: path };
  }
  return carriesBanner(tree, path) ? { value: { path, content, replaces: true } } : notOurs(path, stats);
}

/** The path if the folder has to be created, undefined if it exists. */
function judgeFolder(
  tree: Tree,
  path: string,
  gone: ReadonlySet<string>,
  targets: readonly Target[],
): Judged<string | undefined> {
  const stats = lookAt(tree, path);
  if (stats === undefined || gone.has(path)) return { value: path };
  if (stats.isDirectory()) return { value: undefined };
  const [target] = targets.filter((target) => target.path.startsWith(`${path}/`));
  return notAFolder(path, target?.path ?? path);
}
