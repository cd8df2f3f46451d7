/** Writes and flushes everything that a change needs into the writer's folder, and keeps the files that it replaces. */
import { isErrno } from './errors.ts';
import { FOLDER } from './path.ts';
import { journalOf, type Step } from './steps.ts';
import { absolute, together, type Tree } from './tree.ts';

/** The journal of a change that is written but not yet committed. */
export const STAGED = `${FOLDER}/journal.new`;

/** Below the usual macOS limit of 256 open files. */
const BATCH = 64;

/** Where the new text of a step is staged. */
export function newOf(step: number): string {
  return `${FOLDER}/new/${step}`;
}

/** Where the file that a step replaces or removes is kept. */
export function oldOf(step: number): string {
  return `${FOLDER}/old/${step}`;
}

/** Changes nothing outside the writer's folder. */
export async function stage(tree: Tree, steps: readonly Step[], contents: ReadonlyMap<string, Buffer>): Promise<void> {
  tree.fs.mkdirSync(absolute(tree, `${FOLDER}/new`));
  tree.fs.mkdirSync(absolute(tree, `${FOLDER}/old`));
  const texts: (readonly [path: string, content: Buffer])[] = [];
  for (const [index, step] of steps.entries()) {
    if (step.do === 'place' && step.replaces) keep(tree, step.path, oldOf(index));
    const content = contents.get(step.path);
    if (step.do === 'place' && content !== undefined) texts.push([newOf(index), content]);
  }
  texts.push([STAGED, Buffer.from(journalOf(steps))]);
  for (let start = 0; start < texts.length; start += BATCH) await writeAll(tree, texts.slice(start, start + BATCH));
}

async function writeAll(tree: Tree, texts: readonly (readonly [path: string, content: Buffer])[]): Promise<void> {
  const open: number[] = [];
  try {
    for (const [path, content] of texts) {
      const file = tree.fs.openSync(absolute(tree, path), 'wx');
      open.push(file);
      tree.fs.writeFileSync(file, content);
    }
    await together(open, (file, done) => {
      tree.fs.fsync(file, done);
    });
  } finally {
    for (const file of open) tree.fs.closeSync(file);
  }
}

/** A hard link costs nothing and restores the very same file; a copy where hard links are not possible or not permitted. */
function keep(tree: Tree, path: string, kept: string): void {
  try {
    tree.fs.linkSync(absolute(tree, path), absolute(tree, kept));
  } catch (error) {
    if (!isErrno(error, 'EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK')) throw error;
    tree.fs.copyFileSync(absolute(tree, path), absolute(tree, kept));
  }
}
