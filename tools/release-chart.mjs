/**
 * The chart as a release carries it: a copy in which every image that we name has its digest, so that what was tested is
 * what runs, whoever holds the tag later. Upstream's own charts (dependencies) name their images themselves.
 *
 *     node tools/release-chart.mjs --node-digest sha256:... --out build/chart
 *
 * Digests of images that are not ours are asked of their registries. Exit status: 0 written, 1 a digest is not to be had,
 * 2 usage, 3 this machine lacks git or Go.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const CHART = 'charts/flatlan';

/** A line `image: <reference>` or `nodeImage: <reference>` of a values.yaml. */
const imageLine = /^(\s*)(image|nodeImage): "?([^"\s]+)"?$/gm;

/**
 * The text of a values.yaml with a digest at every image.
 *
 * @param {string} text
 * @param {(image: string, key: string) => string} digestOf answers with `sha256:...`; `key` is `image` or `nodeImage`
 */
export function withDigests(text, digestOf) {
  return text.replace(imageLine, (line, indent, key, image) => {
    if (image.includes('@')) return line;
    const digest = digestOf(image, key);
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`${digest} is no digest (of ${image})`);
    return `${indent}${key}: "${image}@${digest}"`;
  });
}

/**
 * Writes the chart beside its place and renames it in.
 *
 * @param {string} out the folder that then holds `flatlan/`
 * @param {(image: string, key: string) => string} digestOf
 */
export function writeChart(out, digestOf) {
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(out, '.chart-'));
  try {
    // What git knows, so that nothing that lies about on this machine gets into a release.
    for (const file of output('git', ['ls-files', '-z', CHART], root).split('\0').filter(Boolean)) {
      const target = join(work, file.slice('charts/'.length));
      mkdirSync(dirname(target), { recursive: true });
      if (file.endsWith('/values.yaml')) {
        writeFileSync(target, withDigests(readFileSync(join(root, file), 'utf8'), digestOf));
      } else {
        copyFileSync(join(root, file), target);
      }
    }
    rmSync(join(out, 'flatlan'), { recursive: true, force: true });
    renameSync(join(work, 'flatlan'), join(out, 'flatlan'));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {string} cwd
 */
function output(command, args, cwd) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (error) throw Object.assign(new Error(`the ${command} command cannot be started (${error.message})`), { exit: 3 });
  if (status !== 0) throw new Error(stderr.trim());
  return stdout;
}

/** @param {readonly string[]} args */
function main(args) {
  const usage = 'usage: node tools/release-chart.mjs --node-digest sha256:DIGEST --out DIR';
  const options = {
    'node-digest': { type: /** @type {const} */ ('string') },
    out: { type: /** @type {const} */ ('string') },
  };
  try {
    const { 'node-digest': own = '', out = '' } = parseArgs({ args: [...args], options }).values;
    if (!/^sha256:[0-9a-f]{64}$/.test(own) || out === '') throw new Error('a digest and a folder are needed');
    try {
      writeChart(out, (image, key) =>
        key === 'nodeImage' ? own : output('go', ['run', '.', 'digest', '--of', image], join(root, 'cni/image')).trim(),
      );
      return 0;
    } catch (error) {
      console.error(`release-chart: ${error instanceof Error ? error.message : String(error)}`);
      return /** @type {{ exit?: number }} */ (error).exit ?? 1;
    }
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return 2;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main(process.argv.slice(2));
