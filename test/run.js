/**
 * `npm test`: static checks, then every test in TypeScript and Go; the last line is the total of the runners' own
 * reports. Installs nothing: what a missing tool leaves out is named, with how to add it.
 *
 *     npm test                      all
 *     npm test -- test/plan         arguments go to jest, which then is all that runs
 *     npm run test:fast             the pure tests in TypeScript, in under a minute, and what that leaves out
 *     node test/run.js --go ./...   the Go tier alone
 *     npm run test:long             the Go tier with as many rounds as take their time
 */
import { join } from 'node:path';
import { check, root } from './runners/checks.mjs';
import { runFast } from './runners/fast.mjs';
import { runGo } from './runners/go.mjs';
import { runJest } from './runners/jest.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);

const total = await main(process.argv.slice(2));
for (const note of total.notes) process.stdout.write(`${note}\n`);
if (total.passed === 0) {
  process.stdout.write('no test ran\n');
  total.failed += 1;
}
process.stdout.write(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`,
);
process.exitCode = total.failed === 0 ? 0 : 1;

async function main(args) {
  const [first, ...rest] = args;
  if (first === '--go' || first === '--long') {
    return runGo({ long: first === '--long', ...(rest.length > 0 ? { packages: rest } : {}) });
  }
  if (first === '--fast') return runFast();
  if (args.length > 0) return runJest(args);
  const failed = staticChecks();
  return sum([{ passed: 0, failed, skipped: 0, notes: [] }, runJest([]), await runGo()]);
}

/** How many of them failed. */
function staticChecks() {
  const checks = [
    ['types', bin('tsc'), ['--noEmit']],
    ['lint', bin('eslint'), ['.']],
    ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ];
  return checks.filter(([title, command, args]) => !check(title, command, args)).length;
}

function sum(parts) {
  const of = (key) => parts.reduce((all, part) => all + part[key], 0);
  return {
    passed: of('passed'),
    failed: of('failed'),
    skipped: of('skipped'),
    notes: parts.flatMap(({ notes }) => notes),
  };
}
