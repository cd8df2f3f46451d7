/** The tests in TypeScript, counted from jest's own report. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, root } from './checks.mjs';

/**
 * @param {readonly string[]} args for jest, for instance a folder
 * @returns {{ passed: number, failed: number, skipped: number, notes: string[] }}
 */
export function runJest(args) {
  const folder = mkdtempSync(join(tmpdir(), 'flatlan-test-'));
  const report = join(folder, 'jest.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const ended = check('tests', process.execPath, [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--json',
    `--outputFile=${report}`,
    ...args,
  ]);
  try {
    return count(JSON.parse(readFileSync(report, 'utf8')), ended);
  } catch (error) {
    return { passed: 0, failed: 1, skipped: 0, notes: [`jest left no report: ${String(error)}`] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function count(result, ended) {
  // A suite that cannot run holds no tests, so it counts as one failure.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const reasons = result.testResults
    .flatMap((suite) => suite.assertionResults)
    .filter((test) => test.status === 'pending')
    .flatMap((test) => test.fullName.match(/\(skipped: [^)]*\)/)?.[0] ?? `${test.fullName} (skipped without a reason)`);
  return {
    passed: result.numPassedTests,
    failed: !ended && failed === 0 ? 1 : failed,
    skipped: result.numPendingTests + result.numTodoTests,
    notes: [...new Set(reasons)],
  };
}
