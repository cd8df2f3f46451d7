/**
 * Bundles build/main.cjs (the cdk8s app) and the `flatlan` command with `check` inside: build/flatlan-<hash>.cjs, which
 * build/cli.cjs starts (cdk8s/cli/start.ts), with code compiled beforehand by the Node that builds (compiledCode, below).
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
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = import.meta.dirname;
const record = join(root, 'build', 'inputs.json');
const node = `${process.version}-${process.arch}`;
const always = [
  ...['esbuild.config.js', 'tools/code-cache.mjs', 'package.json', 'tsconfig.json'],
  'node_modules/.package-lock.json',
];

/** Whether the last build was finished, by this Node, and none of its inputs has changed, or gone, since it began. */
function isUpToDate() {
  try {
    const { began, by, inputs } = JSON.parse(readFileSync(record, 'utf8'));
    return by === node && [...always, ...inputs].every((path) => statSync(join(root, path)).mtimeMs < began);
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

/** commander starts subcommands that are programs of their own. There are none, and with child_process come net and more. */
const withoutPrograms = {
  name: 'no programs for subcommands',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[/\\]node_modules[/\\]commander[/\\]/.test(importer) ? { path: 'none', namespace: 'none' } : undefined,
    );
    onLoad({ filter: /^/, namespace: 'none' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const { build } = await import('esbuild');
const settings = {
  plugins: [separately, withoutPrograms],
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
  write: false,
};

/** Bundles, each written whole or not at all; returns the names of their files and what they are made of. */
async function bundled(options) {
  const { outputFiles, metafile } = await build({ ...settings, ...options });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, contents, { mode: path.endsWith('cli.cjs') ? 0o755 : 0o644 });
    renameSync(`${path}.${process.pid}`, path);
  }
  return { files: outputFiles.map(({ path }) => basename(path)), sources: Object.keys(metafile.inputs) };
}

const apart = await bundled({
  entryPoints: ['cdk8s/main.ts', ...onDemand.map((name) => `cdk8s/cli/${name}.ts`)],
  entryNames: '[name]',
});

// The command is a function of `require`. Its hash is in its name, so that cli.cjs finds its own code and no other.
const command = await bundled({
  entryPoints: { flatlan: 'cdk8s/cli/index.ts' },
  entryNames: '[name]-[hash]',
  banner: { js: '(function (require) {' },
  footer: { js: '})' },
  supported: { 'dynamic-import': false },
});
const [program] = command.files;
const start = await bundled({
  entryPoints: { cli: 'cdk8s/cli/start.ts' },
  define: { PROGRAM: JSON.stringify({ file: program, cache: compiledCode(program) }) },
});

/** Code compiled by the Node that builds; undefined, and a sentence, where that fails: it is never needed. */
function compiledCode(program) {
  const file = `${program}.${node}.cache`;
  const args = ['tools/code-cache.mjs', join('build', program), join('build', file)];
  const { stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const { size, mtimeMs } = statSync(join(root, 'build', file), { throwIfNoEntry: false }) ?? {};
  if (size !== undefined) return { file, node, size, mtimeMs };
  process.stderr.write(`flatlan will start slower, because no compiled code could be kept: ${stderr}\n`);
}

const sources = [...new Set([apart, command, start].flatMap((bundle) => bundle.sources))];
const packages = new Set(sources.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
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

const inputs = sources.filter((path) => !/^node_modules\/|:/.test(path));
writeFileSync(record, JSON.stringify({ began, by: node, inputs }));

// Of earlier builds: nothing names them any more.
for (const file of readdirSync(join(root, 'build')))
  if (file.startsWith('flatlan-') && !file.startsWith(program)) rmSync(join(root, 'build', file), { force: true });
