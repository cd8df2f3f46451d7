/** What `npm run test:fast` leaves out, by the names of test files: test/names-of-tests.test.ts says what they mean. */
import { dirname, join } from 'node:path';

export const LEFT_OUT = /\.(live|slow)\.test\.ts$/;

/**
 * A heading, and one line for each part with the command that runs it.
 *
 * @param {readonly string[]} files below test/
 * @returns {string[]}
 */
export function leftOut(files) {
  const rows = [
    ['types, lint, format', 'npm run typecheck; npm run lint; npx prettier --check .'],
    ...['slow', 'live'].flatMap((kind) => folders(files, kind)),
    ['Go (cni/)', 'node test/run.js --go'],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return ['left out; npm test runs all of it:', ...rows.map(([what, how]) => `  ${what.padEnd(width)}  ${how}`)];
}

/** The folders with files of a kind, each with how many there are. */
function folders(files, kind) {
  const suffix = `.${kind}.test.ts`;
  const counts = new Map();
  for (const file of files.filter((path) => path.endsWith(suffix))) {
    const folder = join('test', dirname(file));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([folder, count]) => [
      `${folder}, ${count} ${kind} file${count === 1 ? '' : 's'}`,
      `npm test -- '${folder}/[^/]*${kind}'`,
    ]);
}
