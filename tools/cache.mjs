/**
 * Where a built tool lies. Setup writes there, tests read there, both through this file.
 *
 *     <cache>/tools/<tool>-<version>-<hash>/bin/<program>
 *     <cache>/tools/.partial/<host>/<pid>/...             builds under way
 *
 * The hash covers all that decides what the program is, so a changed pin or flag is another folder.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { tools } from './manifest.mjs';

/** @import { GoTool, NpmTool, Tool } from './manifest.d.mts' */
/** @import { ToolState } from './cache.d.mts' */

/** Flags of every Go build; `-s -w` leaves debug tables out, which halves a file nobody debugs. */
export const goBuildFlags = ['-trimpath', '-buildvcs=false', '-mod=readonly'];
export const goLinkFlags = ['-s', '-w'];

/**
 * The folder outside the clone that survives a fresh checkout; several clones share it.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function cacheFolder(env = process.env) {
  if (env.FLATLAN_CACHE) return resolve(env.FLATLAN_CACHE);
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'flatlan');
}

/** @param {{ folder: string }} tool */
export function moduleFolder(tool) {
  return join(import.meta.dirname, tool.folder);
}

/**
 * @param {string} name
 * @returns {Tool}
 */
export function toolNamed(name) {
  const tool = tools.find((candidate) => candidate.name === name);
  if (tool) return tool;
  const known = tools.map((candidate) => candidate.name).join(', ');
  throw new Error(`no tool is called "${name}" in tools/manifest.mjs; there are ${known}`);
}

/**
 * @param {Tool} tool
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {ToolState}
 */
export function toolState(tool, env = process.env) {
  const { version, hash } = tool.source === 'go' ? goIdentity(tool) : npmIdentity(tool);
  const key = `${tool.name}-${version ?? 'none'}-${hash}`;
  const folder = join(cacheFolder(env), 'tools', key);
  const program = join(folder, 'bin', tool.binary ?? tool.name);
  return { version, key, folder, program, present: isExecutable(program) };
}

/** @param {GoTool} tool */
export function goLdflags(tool) {
  const mod = readModuleFile(tool, 'go.mod');
  const versionOf = (/** @type {string} */ module) => requiredVersion(mod, module, tool.folder);
  return [...goLinkFlags, ...(tool.ldflags?.(versionOf) ?? [])].join(' ');
}

/** @param {GoTool} tool */
function goIdentity(tool) {
  const mod = readModuleFile(tool, 'go.mod');
  const parts = [mod, readModuleFile(tool, 'go.sum'), tool.package, ...goBuildFlags, goLdflags(tool)];
  return { version: requiredVersion(mod, tool.module, tool.folder), hash: digest(parts) };
}

/** @param {NpmTool} tool */
function npmIdentity(tool) {
  const manifest = readModuleFile(tool, 'package.json');
  const pinned = /** @type {{ optionalDependencies?: Record<string, string> }} */ (JSON.parse(manifest));
  const version = pinned.optionalDependencies?.[tool.package];
  const lock = readModuleFile(tool, 'package-lock.json');
  return { version: version ? `v${version}` : undefined, hash: digest([manifest, lock, tool.package, tool.file]) };
}

/**
 * @param {string} mod text of a go.mod
 * @param {string} module
 * @param {string} folder
 */
function requiredVersion(mod, module, folder) {
  for (const line of mod.split('\n')) {
    // A replace line begins the same way but has an arrow in second place.
    const [path, version] = line
      .trim()
      .replace(/^require\s+/, '')
      .split(/\s+/);
    if (path === module && version?.startsWith('v')) return version;
  }
  throw new Error(`tools/${folder}/go.mod does not require ${module}; run \`go get ${module}@<version>\` there`);
}

/**
 * @param {Tool} tool
 * @param {string} name
 */
function readModuleFile(tool, name) {
  return readFileSync(join(moduleFolder(tool), name), 'utf8');
}

/** @param {string[]} parts */
function digest(parts) {
  const machine = `${process.platform} ${process.arch}`;
  return createHash('sha256')
    .update(JSON.stringify([machine, ...parts]))
    .digest('hex')
    .slice(0, 8);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
