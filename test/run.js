/**
 * `npm test`: static checks, then every test; the last line is the total of the runners' own reports. Arguments go to
 * jest, which then is all that runs. Installs nothing: what a missing tool leaves out is named, with how to add it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const bin = (name) => join(root, 'node_modules', '.bin', name);

/** Runs a command and says so; true when it ended with 0. */
function run(title, command, commandArgs) {
  process.stdout.write(`== ${title}\n`);
  return spawnSync(command, commandArgs, { cwd: root, stdio: 'inherit' }).status === 0;
}

const checks =
  args.length > 0
    ? []
    : [
        ['types', bin('tsc'), ['--noEmit']],
        ['lint', bin('eslint'), ['.']],
        ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
      ];
let failed = checks.filter(([title, command, commandArgs]) => !run(title, command, commandArgs)).length;

const folder = mkdtempSync(join(tmpdir(), 'flatlan-test-'));
const report = join(folder, 'jest.json');
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const ended = run('tests', process.execPath, [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  jest,
  '--json',
  `--outputFile=${report}`,
  ...args,
]);

let totals = { passed: 0, skipped: 0 };
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  // A suite that cannot run holds no tests, so it counts as one failure.
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  totals = { passed: result.numPassedTests, skipped: result.numPendingTests + result.numTodoTests };
  const reasons = result.testResults
    .flatMap((suite) => suite.assertionResults)
    .filter((test) => test.status === 'pending')
    .flatMap((test) => test.fullName.match(/\(skipped: [^)]*\)/)?.[0] ?? `${test.fullName} (skipped without a reason)`);
  for (const reason of new Set(reasons)) process.stdout.write(`${reason}\n`);
} catch (error) {
  failed += 1;
  process.stdout.write(`jest left no report: ${String(error)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (!ended && failed === 0) failed = 1;
if (totals.passed === 0) {
  process.stdout.write('no test ran\n');
  failed += 1;
}
process.stdout.write(
  `${totals.passed} passed, ${failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}\n`,
);
process.exitCode = failed === 0 ? 0 : 1;
