/** What is in the folders that flatlan owns. */
import type { Stats } from 'node:fs';
import { ancestors, fold, joined, sorted } from './path.ts';
import { carriesBanner, lookAt, namesIn, type Tree } from './tree.ts';

/** The path of a generated file, and what is there now. */
export interface Target {
  readonly path: string;
  readonly content: Buffer;
  readonly stats: Stats | undefined;
}

export interface Leftovers {
  /** Files with the banner that are no longer generated. */
  readonly stale: readonly string[];
  /** Without the banner, or not a regular file: a user's. */
  readonly foreign: readonly string[];
  /** Folders that are empty once the stale files are gone, innermost first. */
  readonly emptied: readonly string[];
}

/** Walks the owned folders without following symbolic links. */
export function walk(tree: Tree, targets: readonly Target[], owned: readonly string[]): Leftovers {
  const byName = new Map(targets.map((target) => [fold(target.path), target]));
  const needed = new Set(targets.flatMap(({ path }) => ancestors(path)));
  const stale: string[] = [];
  const foreign: string[] = [];
  const emptied: string[] = [];

  /** Whether the path will be gone. */
  function visit(path: string): boolean {
    const stats = lookAt(tree, path);
    if (stats === undefined) return true;
    if (stats.isDirectory()) {
      const left = namesIn(tree, path).filter((name) => !visit(joined(path, name)));
      if (left.length > 0 || needed.has(path)) return false;
      emptied.push(path);
      return true;
    }
    if (isTarget(path, stats)) return false;
    const ours = stats.isFile() && carriesBanner(tree, path);
    (ours ? stale : foreign).push(path);
    return ours;
  }

  /** On a case-insensitive file system, `A.yaml` in a listing is the generated `a.yaml`. */
  function isTarget(path: string, { dev, ino }: Stats): boolean {
    const target = byName.get(fold(path));
    return target?.path === path || (target?.stats?.ino === ino && target.stats.dev === dev);
  }

  const outermost = sorted(new Set(owned)).filter((path, _, all) => !ancestors(path).some((a) => all.includes(a)));
  outermost.forEach(visit);
  return { stale: sorted(stale), foreign: sorted(foreign), emptied };
}
