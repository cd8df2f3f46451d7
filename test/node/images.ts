/** The images of the test's cluster, made here from static programs: no registry is asked for anything. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ok } from '../cluster/umbrella.ts';
import { run } from '../cluster/process.ts';
import { requireTool } from '../cluster/tools.ts';
import { ociArchive, type ImageFile } from './oci-archive.ts';

const repository = resolve(import.meta.dirname, '../..');
const nodeVersion = '0.0.0-test';

/** What pods call them. */
export const images = {
  pause: 'flatlan.invalid/pause:1',
  standIn: 'flatlan.invalid/stand-in:1',
  multus: 'flatlan.invalid/multus:1',
  metallb: 'flatlan.invalid/metallb:1',
  node: `ghcr.io/flatlan/node:${nodeVersion}`,
  /** The same under the name of the next version. */
  nextNode: 'ghcr.io/flatlan/node:0.0.1-test',
} as const;

export const imageTools = ['multus', 'install_multus', 'passthru-cni', 'metallb-controller'];

/** Writes the archives into a folder, and the program `stand-in`; answers with the archives' names. */
export async function buildImages(folder: string): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const [program] = await Promise.all([buildStandIn(folder), buildNodeImage(folder)]);
  const standIn = { 'stand-in': { data: program } };
  const file = (tool: string): ImageFile => ({ data: readFileSync(requireTool(tool)) });
  const written = {
    pause: ociArchive(images.pause, standIn, { entrypoint: ['/stand-in', 'pause'] }),
    'stand-in': ociArchive(images.standIn, standIn, { entrypoint: ['/stand-in', 'serve', '8123'] }),
    // The places where upstream's image has them (cmd/install_multus).
    multus: ociArchive(images.multus, {
      install_multus: file('install_multus'),
      'usr/src/multus-cni/bin/multus': file('multus'),
      'usr/src/multus-cni/bin/passthru': file('passthru-cni'),
    }),
    metallb: ociArchive(images.metallb, { controller: file('metallb-controller') }, { entrypoint: ['/controller'] }),
  };
  for (const [name, archive] of Object.entries(written)) writeFileSync(join(folder, `${name}.tar`), archive);
  return ['node', ...Object.keys(written)].map((name) => `${name}.tar`);
}

/** What Go writes on its way goes where the archives go, and with them. */
function goEnvironment(folder: string): NodeJS.ProcessEnv {
  return { ...process.env, CGO_ENABLED: '0', GOTMPDIR: folder };
}

async function buildStandIn(folder: string): Promise<Buffer> {
  const out = join(folder, 'stand-in');
  const env = goEnvironment(folder);
  const source = join(import.meta.dirname, 'stand-in.go');
  ok(await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', out, source], { env, timeout: 180_000 }));
  return readFileSync(out);
}

/** The node plane's image as `npm run image` makes it, for this machine's architecture. */
async function buildNodeImage(folder: string): Promise<void> {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const out = join(folder, 'node');
  const build = ['run', '.', 'build', '--version', nodeVersion, '--out', out, '--only', architecture];
  ok(await run('go', build, { cwd: join(repository, 'cni/image'), env: goEnvironment(folder), timeout: 300_000 }));
  const archive = readFileSync(join(out, `node-${nodeVersion}.oci.tar`));
  rmSync(out, { recursive: true });
  writeFileSync(join(folder, 'node.tar'), archive);
}
