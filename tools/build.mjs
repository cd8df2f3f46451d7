/**
 * Builds one tool. Everything happens under a name that no reader looks at, and the finished folder is renamed into
 * place: what has the final name is complete.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cacheFolder, goBuildFlags, goLdflags, moduleFolder, toolState } from './cache.mjs';
import { SetupError, runChild } from './child.mjs';

/** @import { GoTool, NpmTool, Tool } from './manifest.d.mts' */
/** @import { ToolState } from './cache.d.mts' */

/** Builds under way on this machine, one folder for each process; other machines may share the cache. */
function partialRoot() {
  return join(cacheFolder(), 'tools', '.partial', hostname());
}

/**
 * @param {Tool} tool
 * @param {AbortSignal} signal
 */
export async function buildTool(tool, signal) {
  const target = toolState(tool);
  const partial = join(partialRoot(), String(process.pid), target.key);
  const program = join(partial, relative(target.folder, target.program));
  mkdirSync(dirname(program), { recursive: true });
  try {
    const work = join(partial, 'work');
    mkdirSync(work);
    await (tool.source === 'go' ? goBuild(tool, program, work, signal) : npmInstall(tool, program, work, signal));
    if (!existsSync(program)) throw new SetupError(`${tool.name}: the build ended well but left no ${program}`, 1);
    rmSync(work, { recursive: true, force: true });
    moveIn(partial, target);
  } finally {
    rmSync(join(partialRoot(), String(process.pid)), { recursive: true, force: true });
  }
}

/**
 * @param {string} partial
 * @param {ToolState} target as of the start of the build, because the pins may be edited meanwhile
 */
function moveIn(partial, { folder, program }) {
  if (!existsSync(program)) rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(partial, folder);
  } catch (error) {
    // Another setup was faster; its result is as good as ours.
    if (!existsSync(program)) throw error;
  }
}

/** Removes what builds left that were killed outright. */
export function removeDeadPartials() {
  if (!existsSync(partialRoot())) return;
  for (const pid of readdirSync(partialRoot())) {
    if (!isAlive(Number(pid))) rmSync(join(partialRoot(), pid), { recursive: true, force: true });
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * @param {GoTool} tool
 * @param {string} program
 * @param {string} work
 * @param {AbortSignal} signal
 */
async function goBuild(tool, program, work, signal) {
  const env = goEnvironment();
  // Go's own scratch folder, so that it goes away with ours after a kill.
  env.GOTMPDIR = work;
  const args = ['build', ...goBuildFlags, '-ldflags', goLdflags(tool), '-o', program, tool.package];
  await runChild('go', args, { label: tool.name, cwd: moduleFolder(tool), env, signal });
}

/** What must not come from the user's shell, because it would make another program under the same name. */
function goEnvironment() {
  // Without cgo no C compiler is needed, and the program runs on any Linux.
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' };
  for (const name of ['GOFLAGS', 'GOOS', 'GOARCH']) delete env[name];
  return env;
}

/**
 * @param {NpmTool} tool
 * @param {string} program
 * @param {string} work
 * @param {AbortSignal} signal
 */
async function npmInstall(tool, program, work, signal) {
  for (const name of ['package.json', 'package-lock.json']) {
    copyFileSync(join(moduleFolder(tool), name), join(work, name));
  }
  const args = ['ci', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund'];
  await runChild('npm', args, { label: tool.name, cwd: work, env: npmEnvironment(), signal });
  const installed = join(work, 'node_modules', tool.package, tool.file);
  // npm leaves an optional package out without a word when it cannot be downloaded.
  if (!existsSync(installed)) {
    throw new SetupError(`npm installed no ${tool.package}; check that its registry can be reached, then try again`, 1);
  }
  renameSync(installed, program);
}

/** Under `npm run`, npm hands its own settings down, among them the root project's prefix. */
function npmEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config_local_prefix|package_|lifecycle_)/.test(name)),
  );
}

/**
 * Whether the Go on the PATH can build these tools, before minutes are spent on the first of them.
 *
 * @param {readonly GoTool[]} wanted
 */
export function checkGo(wanted) {
  const remedy =
    'Go 1.26 or newer is needed: install it, put its bin folder on the PATH, then run `npm run test:setup` again';
  for (const folder of new Set(wanted.map(moduleFolder))) {
    // Reading the module makes Go compare itself with the version that go.mod asks for.
    const found = spawnSync('go', ['list', '-m'], { cwd: folder, env: goEnvironment(), encoding: 'utf8' });
    if (found.error) throw new SetupError(`the go command cannot be started (${found.error.message})\n  ${remedy}`, 3);
    if (found.status !== 0) throw new SetupError(`${found.stderr.trim()}\n  in ${folder}\n  ${remedy}`, 3);
  }
}
