/** The only place from which generated files are written to disk. */
import nodeFs from 'node:fs';
import { BANNER } from '../banner.ts';
import { carryOut, clear, isUnsettled, recover } from './change.ts';
import { ForeignFileError, GeneratedFileError, isErrno, WriteError } from './errors.ts';
import { type GeneratedFile, isOurs } from './file.ts';
import { acquire, type Hold, isDisturbed, sweep } from './hold.ts';
import { clashes, pathProblem } from './path.ts';
import { stage } from './stage.ts';
import { stepsOf } from './steps.ts';
import { isChange, type Survey, survey } from './survey.ts';
import type { FileSystem, Tree } from './tree.ts';

/** Relative paths, sorted, with symbolic links resolved. */
export interface WriteReport {
  /** New or changed. */
  readonly written: string[];
  /** Not touched, so that their modification times stay. */
  readonly unchanged: string[];
  readonly removed: string[];
  /** In the owned folders, but without the banner: a user's, left alone. */
  readonly foreign: string[];
}

export interface WriteOptions {
  /** Milliseconds to wait for another writer. Default 2000: a run takes a fraction of a second. */
  readonly patience?: number;
  /** For tests that inject failures. Default node:fs. */
  readonly fs?: FileSystem;
}

/**
 * Writes the generated files and removes those that are no longer generated: all of it or nothing, even if the process is
 * killed (change.ts explains how). First finishes an earlier run that was interrupted. Nothing at all is written if every
 * file is up to date.
 *
 * - `owned` are folders that belong to flatlan: files in them that carry the banner and are not in `files` are removed,
 *   then empty folders. Elsewhere nothing is ever removed.
 * - A file without the banner, a folder, or a symbolic link in a file's place is not overwritten. Links to folders on the
 *   path are followed while they stay below the root.
 * - New files get their permissions from the umask.
 *
 * @throws GeneratedFileError when the set contradicts itself: a bug in flatlan.
 * @throws ForeignFileError when a user's files are in the way; lists all of them.
 * @throws BusyError when another writer holds the root.
 * @throws WriteError when the file system refuses.
 */
export async function writeFiles(
  root: string,
  files: readonly GeneratedFile[],
  owned: readonly string[],
  options: WriteOptions = {},
): Promise<WriteReport> {
  const { patience = 2000, fs = nodeFs } = options;
  refuseContradictions(files, owned);
  try {
    if (fs.statSync(root, { throwIfNoEntry: false }) === undefined) fs.mkdirSync(root, { recursive: true });
    const tree = { fs, root: fs.realpathSync(root) };
    const found = isDisturbed(tree) ? undefined : cleared(tree, survey(tree, files, owned));
    return report(found === undefined || isChange(found) ? await change(tree, files, owned, patience) : found);
  } catch (error) {
    throw isErrno(error) ? WriteError.of(error, root, 'old') : error;
  }
}

async function change(
  tree: Tree,
  files: readonly GeneratedFile[],
  owned: readonly string[],
  patience: number,
): Promise<Survey> {
  const hold = await acquire(tree, patience);
  let found: Survey;
  try {
    await recover(tree);
    sweep(tree);
    // Surveyed again, because another writer may have changed the tree since.
    found = cleared(tree, survey(tree, files, owned));
    const steps = stepsOf(found);
    if (steps.length > 0) {
      await stage(tree, steps, new Map(found.writes.map(({ path, content }) => [path, content])));
      carryOut(tree, steps);
    }
  } catch (error) {
    try {
      await leave(tree, hold);
    } catch {
      // The first failure says more.
    }
    throw error;
  }
  try {
    await leave(tree, hold);
  } catch (error) {
    throw isErrno(error) ? WriteError.of(error, tree.root, 'new') : error;
  }
  return found;
}

/** Releases the root: clean, or with a change that the next run has to finish. */
async function leave(tree: Tree, hold: Hold): Promise<void> {
  try {
    if (!isUnsettled(tree)) {
      await clear(tree);
      hold.release();
      return;
    }
  } catch (error) {
    hold.abandon();
    throw error;
  }
  hold.abandon();
}

function refuseContradictions(files: readonly GeneratedFile[], owned: readonly string[]): void {
  const problems: string[] = [];
  for (const path of [...owned, ...files.map(({ path }) => path)]) {
    const problem = pathProblem(path);
    if (problem !== undefined) problems.push(`the path ${JSON.stringify(path)} ${problem}`);
  }
  for (const { path, problem } of clashes(files.map(({ path }) => path))) problems.push(`${path} ${problem}`);
  for (const { path, content } of files) {
    if (!isOurs(content)) problems.push(`${path} does not open a comment with "${BANNER}" in its first five lines`);
  }
  if (problems.length > 0) throw new GeneratedFileError(problems);
}

/** @throws ForeignFileError when something is in the way. */
function cleared(tree: Tree, found: Survey): Survey {
  if (found.obstacles.length > 0) throw new ForeignFileError(tree.root, found.obstacles);
  return found;
}

function report({ writes, unchanged, stale, foreign }: Survey): WriteReport {
  return {
    written: writes.map(({ path }) => path),
    unchanged: [...unchanged],
    removed: [...stale],
    foreign: [...foreign],
  };
}
