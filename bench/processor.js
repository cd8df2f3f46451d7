/** `npm run bench -- processor`: see bench/run.js, which runs this too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.js';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'flatlan-bench-'));
const hook = join(folder, 'processor-time.cjs');
const ROUNDS = 15;

/** Milliseconds of processor time of one run of node, its start included; a check that finds errors ends with 1. */
function processorTime(args) {
  const result = spawnSync(process.execPath, ['--require', hook, ...args], { cwd: root, encoding: 'utf8' });
  const said = result.stderr.trim().split('\n');
  // What a crash says comes before the hook's line.
  if (![0, 1].includes(result.status) || said.length > 1) throw new Error(`${args.join(' ')} failed: ${result.stderr}`);
  return { status: result.status, spent: Number(said[0]) / 1000 };
}

try {
  writeFileSync(
    hook,
    `process.on('exit', () => { const { user, system } = process.cpuUsage(); require('fs').writeSync(2, '\\n' + (user + system)); });`,
  );
  const plans = ['dumb-l2', 'flat-bgp', 'hybrid', 'multi-site', 'same-subnet'].map(
    (name) => `test/fixtures/plans/${name}.yaml`,
  );
  const runs = [
    ['node -e 0', ['-e', '0']],
    ...plans.map((plan) => [`flatlan check ${plan}`, ['build/cli.cjs', 'check', plan]]),
    ['flatlan check, all five', ['build/cli.cjs', 'check', ...plans]],
  ].map(([name, args]) => ({ name, args, spent: [], status: undefined }));
  for (let round = 0; round < ROUNDS; round++)
    for (const run of runs) {
      const { status, spent } = processorTime(run.args);
      run.status = status;
      run.spent.push(spent);
    }
  const empty = median(runs[0].spent);
  process.stdout.write(`processor time, ${ROUNDS} rounds, medians\n`);
  for (const { name, spent, status } of runs) {
    const ms = (number) => `${number.toFixed(0).padStart(4)} ms`;
    process.stdout.write(
      `  ${name.padEnd(52)} ${ms(median(spent))} ${ms(median(spent) - empty)} above, ends with ${status}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
