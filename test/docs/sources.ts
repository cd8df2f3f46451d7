/** The repository's files as text, for tests on what comments and pages say of each other. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

export const repository = join(import.meta.dirname, '../..');

/** Tracked, or new and not ignored; each from the repository on. */
export const files: readonly string[] = listed().filter((path) => existsSync(join(repository, path)));
export const folders: ReadonlySet<string> = new Set(files.flatMap(foldersOf));

function listed(): string[] {
  const { stdout, status } = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: repository,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('git ls-files failed');
  return stdout.split('\n').filter((path) => path !== '');
}

function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return folder === '.' ? [] : [folder, ...foldersOf(folder)];
}

export function textOf(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

const written = new Set(['.ts', '.js', '.mjs', '.go', '.md', '.sh', '.yml', '.yaml']);

/** What people write and read, and what is generated for them to read; not upstream's types and not plain output. */
export const texts: readonly string[] = files.filter(
  (path) => written.has(extname(path)) && !/^(imports|flux|charts\/flatlan\/charts)\//.test(path),
);

export interface Line {
  readonly path: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** Pages whole; of code the comments, by lines that begin as one or have one behind the code. */
export function prose(path: string, text = textOf(path)): Line[] {
  const part = (line: string): string | undefined =>
    extname(path) === '.md' ? line : (/^\s*(?:\/\*\*?|\*|\/\/|#)(.*)/.exec(line) ?? /\s\/\/\s(.*)/.exec(line))?.[1];
  return text.split('\n').flatMap((line, index) => {
    const said = part(line);
    return said === undefined ? [] : [{ path, number: index + 1, text: said }];
  });
}

/** A page's headings as GitHub addresses them. */
export function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
}

export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}
