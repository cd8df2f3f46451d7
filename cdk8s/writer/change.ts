/**
 * Changes the tree by all steps or by none, even if the process is killed.
 *
 *     in .flatlan/      tree        a later run, once the process is dead
 *     ------------------------------------------------------------------------------------
 *     new/ old/         old         clears the folder
 *        |  commit: rename journal.new -> journal
 *     new/ old/ journal old..new    takes the remaining steps forward, then as below
 *        |  done: unlink journal                   |  a step fails: rename journal -> undo
 *     new/ old/         new                     new/ old/ undo   new..old   goes back, then unlinks undo
 *        |  clears the folder                      |
 *     (none)            new                     (none)           old
 *
 * Before the commit every new text is written and flushed in new/, and old/ holds a hard link to every file that will be
 * replaced; nothing outside the folder has changed. After the commit there are only renames (a removed file moves to
 * old/) and folders created and removed: a few milliseconds for sixty files, because no blocks are freed yet.
 * No file system can rename many files at once. Swapping one folder that holds them all is not possible, because they are
 * in several folders, next to the user's own files. So within that window some files are new and some old, but each is
 * complete, both sets are complete on disk (one as the tree and new/, the other as the tree and old/), and the journal
 * says which steps remain.
 *
 * Forward after a kill: the data is on disk, the remaining steps need almost no space, and the user asked for the change.
 * Back after a failed step (no permission, another file system, no space for a folder): going on would fail again.
 * A power failure is like a kill a few seconds earlier: the texts were flushed before the commit, and file systems with a
 * journal keep the order of renames. So folders are not flushed; the output can be generated again anyway.
 */
import { BANNER } from '../banner.ts';
import { ForeignFileError, isErrno, type Obstacle, type Outcome, WriteError } from './errors.ts';
import { leftovers } from './hold.ts';
import { FOLDER } from './path.ts';
import { mkdir, rename, rmdir, unlink } from './repeatable.ts';
import { newOf, oldOf, STAGED } from './stage.ts';
import { readJournal, type Step } from './steps.ts';
import { absolute, carriesBanner, lookAt, namesIn, obstacleAt, obstacleBefore, together, type Tree } from './tree.ts';

const JOURNAL = `${FOLDER}/journal`;
const UNDO = `${FOLDER}/undo`;
/** The execute bits of a file's mode, for owner, group and others. */
const EXECUTABLE = 0o111;

/** Commits the staged change and carries it out. */
export function carryOut(tree: Tree, steps: readonly Step[]): void {
  rename(tree, STAGED, JOURNAL);
  goForward(tree, steps);
}

/** Finishes an interrupted change and leaves the writer's folder empty. */
export async function recover(tree: Tree): Promise<void> {
  const journal = [UNDO, JOURNAL].find((path) => lookAt(tree, path) !== undefined);
  if (journal !== undefined) {
    const steps = read(tree, journal);
    mistrust(tree, steps);
    (journal === UNDO ? goBack : goForward)(tree, steps);
  }
  await clear(tree);
}

/** Whether there is an unfinished change, which the next run has to finish. */
export function isUnsettled(tree: Tree): boolean {
  return [JOURNAL, UNDO].some((path) => lookAt(tree, path) !== undefined);
}

/** Empties the writer's folder once no journal needs its contents. */
export async function clear(tree: Tree): Promise<void> {
  for (const name of leftovers(tree)) {
    const path = `${FOLDER}/${name}`;
    // Never follows a symbolic link that somebody put there.
    if (lookAt(tree, path)?.isDirectory() === true) {
      await together(namesIn(tree, path), (inner, done) => {
        tree.fs.unlink(absolute(tree, `${path}/${inner}`), done);
      });
      tree.fs.rmdirSync(absolute(tree, path));
    } else {
      unlink(tree, path);
    }
  }
}

function goForward(tree: Tree, steps: readonly Step[]): void {
  try {
    for (const [index, step] of steps.entries()) forward(tree, step, index);
  } catch (error) {
    labelled(tree, 'mixed', () => {
      rename(tree, JOURNAL, UNDO);
    });
    goBack(tree, steps);
    throw error;
  }
  labelled(tree, 'new', () => {
    unlink(tree, JOURNAL);
  });
}

function goBack(tree: Tree, steps: readonly Step[]): void {
  labelled(tree, 'mixed', () => {
    for (const [index, step] of [...steps.entries()].reverse()) back(tree, step, index);
  });
  unlink(tree, UNDO);
}

/** Takes a step unless it has been taken already, which shows in the files of the writer's folder. */
function forward(tree: Tree, step: Step, index: number): void {
  const { path } = step;
  switch (step.do) {
    case 'mkdir':
      refuse(tree, obstacleBefore(tree, path));
      mkdir(tree, path);
      return;
    case 'rmdir':
      // A folder into which somebody has put a file in the meantime stays.
      if (obstacleBefore(tree, path) === undefined) rmdir(tree, path);
      return;
    case 'place':
      if (lookAt(tree, newOf(index)) === undefined) return;
      refuse(tree, obstacleAt(tree, path));
      rename(tree, newOf(index), path);
      return;
    case 'remove':
      if (lookAt(tree, oldOf(index)) !== undefined) return;
      refuse(tree, obstacleAt(tree, path));
      if (lookAt(tree, path) !== undefined) rename(tree, path, oldOf(index));
  }
}

/** Undoes a step if it was taken. What a user has put in its place since then stays. */
function back(tree: Tree, step: Step, index: number): void {
  const { path } = step;
  const obstacle = step.do === 'mkdir' ? obstacleBefore(tree, path) : obstacleAt(tree, path);
  if (obstacle !== undefined) return;
  const kept = lookAt(tree, oldOf(index)) !== undefined;
  switch (step.do) {
    case 'mkdir':
      rmdir(tree, path);
      return;
    case 'rmdir':
      mkdir(tree, path);
      return;
    case 'place':
      if (lookAt(tree, newOf(index)) !== undefined) return;
      if (kept) rename(tree, oldOf(index), path);
      else if (!step.replaces && lookAt(tree, path) !== undefined) rename(tree, path, newOf(index));
      return;
    case 'remove':
      if (kept && lookAt(tree, path) === undefined) rename(tree, oldOf(index), path);
  }
}

function refuse(tree: Tree, obstacle: Obstacle | undefined): void {
  if (obstacle !== undefined) throw new ForeignFileError(tree.root, [obstacle]);
}

function read(tree: Tree, path: string): readonly Step[] {
  if (lookAt(tree, path)?.isFile() !== true) throw notOfAWriter(tree, path, 'is no file');
  const steps = readJournal(tree.fs.readFileSync(absolute(tree, path), 'utf8'));
  if (steps === undefined) throw notOfAWriter(tree, path, 'does not read as a journal of this version of flatlan');
  return steps;
}

/** The folder may have come with somebody's repository, so only files such as the writer leaves there are accepted. */
function mistrust(tree: Tree, steps: readonly Step[]): void {
  for (const path of steps.flatMap((_, index) => [newOf(index), oldOf(index)])) {
    const stats = lookAt(tree, path);
    if (stats === undefined) continue;
    if (obstacleBefore(tree, path) !== undefined || !stats.isFile() || !carriesBanner(tree, path)) {
      throw notOfAWriter(
        tree,
        path,
        `is no file with the banner "${BANNER}", and an interrupted run is to be ended with it`,
      );
    }
    if ((stats.mode & EXECUTABLE) !== 0) {
      throw notOfAWriter(tree, path, 'is executable, and an interrupted run is to be ended with it');
    }
  }
}

function notOfAWriter(tree: Tree, path: string, problem: string): WriteError {
  return new WriteError(absolute(tree, path), problem, `delete ${absolute(tree, FOLDER)}`, 'mixed');
}

/** Adds to an error what state the tree is in. */
function labelled(tree: Tree, outcome: Outcome, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw isErrno(error) ? WriteError.of(error, tree.root, outcome) : error;
  }
}
