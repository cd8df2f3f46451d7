/**
 * `npm run docs`: writes the references that are generated from code, docs/rules.md and docs/plan.md.
 */
import { build } from 'esbuild';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = mkdtempSync(join(tmpdir(), 'flatlan-docs-'));
try {
  const bundle = join(folder, 'docs.cjs');
  await build({
    entryPoints: [join(root, 'cdk8s/docs/index.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'warning',
  });
  const { pages } = createRequire(import.meta.url)(bundle);
  for (const [path, content] of Object.entries(pages())) {
    const target = join(root, path);
    writeFileSync(`${target}.new`, content);
    renameSync(`${target}.new`, target);
    process.stdout.write(`wrote ${path}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
