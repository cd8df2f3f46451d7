/**
 * Bundles build/main.cjs (the cdk8s app) and build/cli.cjs (the `flatlan` command, with `check` inside).
 * CommonJS, because cdk8s and commander are: an ESM bundle of them needs a shim for `require`. The package ships the
 * bundles and no dependencies, so the licences of what is inside go along.
 *
 * What cdk8s/cli imports only when it is asked for (`await import('./synth.ts')`) is a bundle of its own beside it, so that
 * `flatlan check` reads neither cdk8s nor the charts: to parse those takes longer than to check a plan. Without white
 * space there is a third less to read; names stay, for the traces of errors.
 *
 * Nothing is built again while no input is newer than the last build: most of `cdk8s synth` was this build. npm keeps
 * the times of the archives it unpacks, so for everything under node_modules its own lock file stands.
 */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = import.meta.dirname;
const record = join(root, 'build', 'inputs.json');
const always = ['esbuild.config.js', 'package.json', 'tsconfig.json', 'node_modules/.package-lock.json'];

/** Whether the last build was finished and none of its inputs has changed, or gone, since it began. */
function isUpToDate() {
  try {
    const { began, inputs } = JSON.parse(readFileSync(record, 'utf8'));
    return [...always, ...inputs].every((path) => statSync(join(root, path)).mtimeMs < began);
  } catch {
    return false;
  }
}

if (isUpToDate()) process.exit(0);
const began = Date.now();
rmSync(record, { force: true });

const onDemand = ['schema', 'synth', 'values'];
const separately = {
  name: 'commands on demand',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/\w+\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: path.replace(/ts$/, 'cjs'), external: true } : undefined,
    );
  },
};

const { build } = await import('esbuild');
const { metafile } = await build({
  entryPoints: {
    main: 'cdk8s/main.ts',
    cli: 'cdk8s/cli/index.ts',
    ...Object.fromEntries(onDemand.map((name) => [name, `cdk8s/cli/${name}.ts`])),
  },
  plugins: [separately],
  absWorkingDir: root,
  outdir: 'build',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});

const packages = new Set(
  Object.keys(metafile.inputs).flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
);
const licences = [...packages].sort().map((name) => {
  const folder = join(root, 'node_modules', name);
  const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|notice)/i.test(file));
  return [
    `${name} ${version} (${license})`,
    ...texts.map((file) => readFileSync(join(folder, file), 'utf8').trim()),
  ].join('\n\n');
});
writeFileSync(join(root, 'build', 'LICENCES.txt'), `${licences.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`);

const inputs = Object.keys(metafile.inputs).filter((path) => !path.startsWith('node_modules/'));
writeFileSync(record, JSON.stringify({ began, inputs }));
