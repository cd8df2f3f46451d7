/**
 * `npm run bench`: medians, and ratios against the named peer measured in the same run. Nothing here gates a test.
 *
 *   in process   plan text to files, flat-bgp and 1,000 nodes, in a process of its own for its memory
 *   as process   cdk8s synth of this repository beside cdk8s synth of the stock template (`cdk8s init typescript-app`,
 *                npx ts-node), turn by turn
 *   processor    flatlan check of the five plans, each and all in one process, beside an empty node, turn by turn:
 *                milliseconds of processor time, and how many of them are above the empty node's
 *
 * `npm run bench -- cni` is bench/cni.js, `npm run bench -- processor` the last part alone.
 */
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './median.js';

if (['cni', 'processor'].includes(process.argv[2])) {
  const [name] = process.argv.splice(2, 1);
  await import(`./${name}.js`);
  process.exit();
}

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'flatlan-bench-'));
// Without what `npm run` sets for its children: an npm started below would take this repository for its own folder.
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith('npm_'))),
  CDK8S_CHECK_UPGRADE: 'false',
};
const cdk8s = join(root, 'node_modules/.bin/cdk8s');
const ROUNDS = 5;

/** Milliseconds of one run; throws when the command fails. */
function timed(command, args, cwd) {
  const start = performance.now();
  const result = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr || result.stdout}`);
  return performance.now() - start;
}

/**
 * The stock template; undefined where npm cannot fetch it. `cdk8s init` goes on to download the schema of Kubernetes and
 * to run the template's tests. Where that fails, what a synth of the template needs is enough: its files and its
 * packages without those of jest.
 */
function stockTemplate() {
  const stock = join(folder, 'stock');
  const here = { cwd: stock, env, encoding: 'utf8' };
  mkdirSync(stock);
  if (spawnSync(cdk8s, ['init', 'typescript-app'], here).status === 0) return stock;
  const tests = ['jest', 'ts-jest', '@types/jest'].map((name) => `devDependencies.${name}`);
  for (const args of [['pkg', 'delete', ...tests], ['install']]) {
    const { status, stderr } = spawnSync('npm', args, here);
    if (status === 0) continue;
    process.stdout.write(`  the stock template could not be made: npm ${args[0]}: ${stderr.trim().split('\n')[0]}\n`);
    return undefined;
  }
  return stock;
}

try {
  process.stdout.write(`node ${process.version}, ${cpus().length} cores, ${ROUNDS} rounds, medians\n\nin process\n`);
  const bundle = join(folder, 'in-process.cjs');
  await build({
    entryPoints: [join(root, 'bench/in-process.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  for (const scenario of [
    ...['flat-bgp', '1000-nodes-listed', '1000-nodes-pattern'],
    ...['overlays-5', 'overlays-10', 'overlays-200'],
  ]) {
    const result = spawnSync(process.execPath, [bundle, scenario], { cwd: root, encoding: 'utf8' });
    if (result.status !== 0) throw new Error(result.stderr);
    process.stdout.write(result.stdout);
  }

  process.stdout.write('\nas process\n');
  const stock = stockTemplate();
  const contestants = [
    ['node -e 0', () => timed(process.execPath, ['-e', '0'], root)],
    ['flatlan synth', () => timed(process.execPath, ['build/cli.cjs', 'synth', '--out', join(folder, 'out')], root)],
    ['cdk8s --version', () => timed(cdk8s, ['--version'], root)],
    ['cdk8s synth, flatlan', () => timed(cdk8s, ['synth'], root)],
    ...(stock ? [['cdk8s synth, stock template (npx ts-node)', () => timed(cdk8s, ['synth'], stock)]] : []),
  ];
  const times = new Map(contestants.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) for (const [name, run] of contestants) times.get(name).push(run());
  const ours = median(times.get('cdk8s synth, flatlan'));
  for (const [name, list] of times)
    process.stdout.write(
      `  ${name.padEnd(44)} ${median(list).toFixed(0).padStart(6)} ms  ${(median(list) / ours).toFixed(2)} x\n`,
    );

  process.stdout.write('\n');
  await import('./processor.js');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
