/** The repository's files as text, for tests on what comments and pages say of each other. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

const repository = join(import.meta.dirname, '../..');

/** Of a .gitignore: a pattern without a slash before its end counts in every folder, another from the repository on. */
function patternsOf(gitignore: string): RegExp[] {
  return gitignore
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const path = line.replace(/\/$/, '');
      const text = path
        .split('*')
        .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('[^/]*');
      return new RegExp(path.includes('/') ? `^${text}$` : `(^|/)${text}$`);
    });
}

/** Whether that .gitignore leaves a file out, or a folder that it is in. */
export function isIgnored(path: string, gitignore: string): boolean {
  const parts = path.split('/');
  const above = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  return patternsOf(gitignore).some((pattern) => above.some((one) => pattern.test(one)));
}

const ignored = patternsOf(readFileSync(join(repository, '.gitignore'), 'utf8'));

function listed(folder = ''): string[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (path === '.git' || ignored.some((pattern) => pattern.test(path))) return [];
    return entry.isDirectory() ? listed(path) : [path];
  });
}

/** Every file that is not ignored, from the repository on. */
export const files: readonly string[] = listed().sort();
export const folders: ReadonlySet<string> = new Set(files.flatMap(foldersOf));

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
