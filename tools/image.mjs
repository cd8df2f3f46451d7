/**
 * `npm run image`: the container image of the node plane in build/image/, with no container engine and no registry
 * (cni/image does the work). Exit status: 0 built, 1 it does not build, 2 usage, 3 this machine lacks Go.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

if (process.argv.length > 2) {
  console.error('usage: npm run image');
  process.exitCode = 2;
} else {
  process.exitCode = build();
}

function build() {
  /** @type {{ version: string }} */
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const cwd = join(root, 'cni', 'image');
  const out = join(root, 'build', 'image');
  const { error, status } = spawnSync('go', ['run', '.', 'build', '--version', version, '--out', out], {
    cwd,
    stdio: 'inherit',
  });
  if (error) {
    console.error(`the go command cannot be started (${error.message}); install Go 1.26 or newer`);
    return 3;
  }
  return status === 0 ? 0 : 1;
}
