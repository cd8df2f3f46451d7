/**
 * Builds what package.json exports: build/library/{address,plan,constructs}.js with their types. Modules that share what
 * they have in common; cdk8s and constructs are those of the app that imports them. `npm pack` calls this.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'build', 'library');
const entries = {
  address: 'cdk8s/address/index.ts',
  plan: 'cdk8s/library/plan.ts',
  constructs: 'cdk8s/library/constructs.ts',
};

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: entries,
  absWorkingDir: root,
  outdir: folder,
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  // yaml is CommonJS and asks for Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  external: ['cdk8s', 'constructs', 'cdk8s-plus-28'],
  metafile: true,
});
writeFileSync(join(folder, 'inputs.json'), JSON.stringify(metafile.outputs));

// Types: tsc writes those of every module it reads; the ones that no entry leads to are taken away.
const types = join(folder, 'types');
const settings = join(folder, 'tsconfig.json');
writeFileSync(
  settings,
  JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      ...{ noEmit: false, declaration: true, emitDeclarationOnly: true, rewriteRelativeImportExtensions: true },
      ...{ rootDir: root, outDir: types },
    },
    files: Object.values(entries).map((entry) => join(root, entry)),
    include: [],
  }),
);
execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', settings], {
  stdio: 'inherit',
});
rmSync(settings);

const import_ = /(from |import\()(['"])(\.[^'"]*)\.ts\2/g;
const needed = new Set();
const open = Object.values(entries).map((entry) => join(types, entry.replace(/\.ts$/, '.d.ts')));
for (const path of open) {
  if (needed.has(path)) continue;
  needed.add(path);
  const text = readFileSync(path, 'utf8');
  for (const [, , , to] of text.matchAll(import_)) open.push(join(dirname(path), `${to}.d.ts`));
  // A type's import names the module that stands beside it (typescriptlang.org, "Modules - Reference", "exports").
  writeFileSync(path, text.replace(import_, '$1$2$3.js$2'));
}
for (const path of readdirSync(types, { recursive: true, encoding: 'utf8' }).map((name) => join(types, name)))
  if (path.endsWith('.d.ts') && !needed.has(path)) rmSync(path);
