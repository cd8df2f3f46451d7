/** The errors of writing files. Each message says what is wrong, where, and what to do. */

/** Something that is in the way of a generated file. */
export interface Obstacle {
  /** Relative to the root. */
  readonly path: string;
  /** What is wrong with it, a sentence that begins with the path. */
  readonly problem: string;
  readonly remedy: string;
}

/** The set of generated files is contradictory: a programming error. */
export class GeneratedFileError extends Error {
  readonly code = 'writer/generated-file';

  constructor(problems: readonly string[]) {
    super(`the generated files cannot be written, nothing was changed:\n${list(problems)}`);
    this.name = 'GeneratedFileError';
  }
}

/** Files that flatlan does not own are where it has to write. All are reported, before anything is changed. */
export class ForeignFileError extends Error {
  readonly code = 'writer/foreign-file';
  readonly obstacles: readonly Obstacle[];

  constructor(root: string, obstacles: readonly Obstacle[]) {
    const lines = obstacles.map(({ path, problem, remedy }) => `${path} ${problem}: ${remedy}`);
    super(`files in ${root} are in the way, nothing was changed:\n${list(lines)}\nThen run again.`);
    this.name = 'ForeignFileError';
    this.obstacles = obstacles;
  }
}

/** Another process writes to the same root, or it cannot be determined whether it has ended. */
export class BusyError extends Error {
  readonly code = 'writer/busy';

  constructor(root: string, problem: string, remedy: string) {
    super(`${root} is in use, nothing was changed: ${problem}; ${remedy}`);
    this.name = 'BusyError';
  }
}

/** What is in place after a failure: the old files, the new ones, or some of each until the next run. */
export type Outcome = 'old' | 'new' | 'mixed';

const OUTCOMES = {
  old: 'Nothing was changed.',
  new: 'All files are written, only the cleanup failed.',
  mixed: 'Some files are new and some old, each is complete; the next run finishes the change.',
} as const satisfies Record<Outcome, string>;

const CAUSES: Readonly<Record<string, readonly [problem: string, remedy: string]>> = {
  EACCES: ['no permission', 'give yourself write permission on it and on its folder'],
  EDQUOT: ['your disk quota is used up', 'free some space'],
  EEXIST: ['there is a file where a folder is needed', 'move the file away'],
  EIO: ['the disk reports an error', 'read the system log'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n)'],
  ENAMETOOLONG: ['the name is too long', 'shorten the name in the plan that it comes from'],
  ENOSPC: ['no space is left on the device', 'free some space'],
  ENOTDIR: ['there is a file where a folder is needed', 'move the file away'],
  EPERM: ['not permitted', 'check its owner and whether it is immutable (lsattr)'],
  EROFS: ['the file system is read-only', 'choose another output folder or mount it writable'],
  EXDEV: ['it is on another file system than the output folder', 'choose an output folder on the same one'],
};

/** The file system refused. */
export class WriteError extends Error {
  readonly code = 'writer/write';
  /** As the file system named it: usually absolute. */
  readonly path: string;
  readonly outcome: Outcome;

  constructor(path: string, problem: string, remedy: string, outcome: Outcome, options?: ErrorOptions) {
    super(`${path}: ${problem}; ${remedy} and run again. ${OUTCOMES[outcome]}`, options);
    this.name = 'WriteError';
    this.path = path;
    this.outcome = outcome;
  }

  static of(error: NodeJS.ErrnoException, root: string, outcome: Outcome): WriteError {
    const code = error.code ?? 'unknown';
    const [problem, remedy] = CAUSES[code] ?? [error.message, 'fix that'];
    // For a rename, `path` is the source in the writer's folder; the user knows the destination.
    const path = ('dest' in error ? String(error.dest) : undefined) ?? error.path ?? root;
    return new WriteError(path, `${problem} (${code})`, remedy, outcome, { cause: error });
  }
}

/** Whether an error comes from the operating system, optionally with one of these codes. */
export function isErrno(error: unknown, ...codes: readonly string[]): error is NodeJS.ErrnoException {
  // Not by instanceof: in a vm context, as under Jest, errors of Node's own modules have another class.
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return false;
  return codes.length === 0 || codes.includes(String(error.code));
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line}`).join('\n');
}
