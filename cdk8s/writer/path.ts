/** Paths of generated files: relative, with forward slashes, and distinct on every file system. */

/** The writer's working folder, below the root; names with a suffix belong to waiting processes. */
export const FOLDER = '.flatlan';

/** Why this cannot be the path of a generated file; undefined when it can. */
export function pathProblem(path: string): string | undefined {
  // With a line break or a NUL in a name, some programs take the whole name and some cut it off.
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'holds a control character';
  if (path.includes('\\')) return 'holds a backslash, which separates folders on Windows';
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return 'is not relative';
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) {
    return 'has a part that is empty, "." or ".."';
  }
  // Git would run a hook there.
  if (parts.some((part) => fold(part) === '.git')) return "lies in git's own folder";
  const [first = ''] = parts;
  if (fold(first) === FOLDER || fold(first).startsWith(`${FOLDER}-`)) return "lies in the writer's own folder";
  return undefined;
}

/** Equal for two names that are one file on file systems that ignore case or Unicode composition: macOS, Windows. */
export function fold(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

/** The parent folders of a path, outermost first: for `a/b/c`, `a` and `a/b`. */
export function ancestors(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** The paths that cannot all be files: the same path twice, or a path where another needs a folder. */
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

/** Sorted by code unit, so that every machine gives the same order. */
export function sorted(paths: Iterable<string>): string[] {
  return [...paths].sort();
}
