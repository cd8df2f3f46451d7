/** Paths of generated files: relative, with forward slashes, and the same files on every file system. */

/** Where the writer keeps what it works with, below the root; names with a suffix belong to processes that wait. */
export const FOLDER = '.flatlan';

/** Why this cannot be the path of a generated file; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  // A line break or a NUL in a name is legal or cut off, depending on who reads it.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'holds a control character';
  if (path.includes('\\')) return 'holds a backslash, which separates folders on Windows';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is not relative';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'has a part that is empty, "." or ".."';
  }
  // A hook in there would be run by git.
  if (parts.some((part) => fold(part) === '.git')) return "lies in git's own folder";
  const [first = ''] = parts;
  if (fold(first) === FOLDER || fold(first).startsWith(`${FOLDER}-`)) return "lies in the writer's own folder";
  return undefined;
}

/** The same for two names that are one file where case and composition of letters do not count: macOS, Windows. */
export function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** The folders on the way to a path, outermost first: `a/b/c` has `a` and `a/b`. */
export function ancestors(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The pairs of paths that cannot both be files: the same twice, or one where the other needs a folder. */
export function clashes(paths: readonly string[]): { readonly path: string; readonly problem: string }[] {
  const seen = new Map<string, string>();
  const found = [];
  for (const path of paths) {
    const before = seen.get(fold(path));
    if (before === path) found.push({ path, problem: 'is there twice' });
    else if (before !== undefined) found.push({ path, problem: `is one file with ${before} on macOS and Windows` });
    seen.set(fold(path), path);
  }
  for (const path of paths) {
    for (const folder of ancestors(path)) {
      const file = seen.get(fold(folder));
      if (file !== undefined) found.push({ path, problem: `needs a folder where ${file} is a file` });
    }
  }
  return found;
}

export function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** By code unit, so that every machine sorts alike. */
export function sorted(paths: Iterable<string>): string[] {
  return [...paths].sort();
}
