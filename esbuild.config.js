/**
 * Bundles the two entry points: build/main.cjs (the cdk8s app) and build/cli.cjs (the `flatlan` command).
 * CommonJS, because cdk8s and commander are: an ESM bundle of them needs a shim for `require`. The package ships the
 * bundles and no dependencies, so the licences of what is inside go along.
 */
import { build } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const { metafile } = await build({
  entryPoints: { main: 'cdk8s/main.ts', cli: 'cdk8s/cli/index.ts' },
  absWorkingDir: import.meta.dirname,
  outdir: 'build',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
);
const licences = [...packages].sort().map((name) => {
  const folder = join(import.meta.dirname, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  return [
    `${name} ${version} (${license})`,
    ...texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()),
  ].join('\n\n');
});
writeFileSync(join(import.meta.dirname, 'build', 'LICENCES.txt'), `${licences.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);
