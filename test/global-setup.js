/** The bundles that tests run as processes are those of the code at hand. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export default function build() {
  execFileSync(process.execPath, [join(import.meta.dirname, '..', 'esbuild.config.js')], { stdio: 'inherit' });
}
