/**
 * `npm run test:setup`: brings what the tests run (Helm, etcd, a Kubernetes API server, other Nodes) into a cache
 * outside the clone. Each tool is built once; a run that finds all of them does nothing and needs neither Go nor npm.
 */
import { parseArgs } from 'node:util';
import { buildTool, checkGo, removeDeadPartials } from './build.mjs';
import { cacheFolder, toolNamed, toolState } from './cache.mjs';
import { SetupError, secondsSince } from './child.mjs';
import { systemPackages, tools } from './manifest.mjs';
import { installPackages, isInstalled } from './packages.mjs';

/** @import { Tool } from './manifest.d.mts' */

const usage = `usage: node tools/setup.mjs [--list] [--only <tool>,<tool>]

  --list   say what is present and what is missing, and change nothing
  --only   look at these tools only
  --help   this text

Exit status: 0 all present, 1 a build failed, 2 usage, 3 this machine lacks something.`;

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      list: { type: 'boolean', default: false },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const names = values.only?.split(',').map((name) => name.trim());
  return { ...values, wanted: names ? names.map(toolNamed) : tools };
}

/** @param {readonly Tool[]} wanted */
function list(wanted) {
  for (const { name, why } of systemPackages.filter((candidate) => !isInstalled(candidate))) {
    console.log(`Debian package ${name}: missing (${why})`);
  }
  const width = Math.max(...wanted.map(({ name }) => name.length));
  for (const tool of wanted) {
    const { version, program, present } = toolState(tool);
    const state = present ? program : version ? `about ${tool.seconds} s to build` : noPackage();
    console.log(
      [tool.name.padEnd(width), (version ?? '-').padEnd(9), (present ? 'present' : 'missing').padEnd(8), state].join(
        ' ',
      ),
    );
  }
}

function noPackage() {
  return `not to be had for ${process.platform} on ${process.arch}`;
}

/**
 * @param {readonly Tool[]} wanted
 * @param {AbortSignal} signal
 */
async function setUp(wanted, signal) {
  const began = Date.now();
  await installPackages(signal);
  const todo = wanted.filter((tool) => needsBuilding(tool));
  if (todo.length === 0) return;
  removeDeadPartials();
  checkGo(todo.filter((tool) => tool.source === 'go'));
  const failures = [];
  for (const [index, tool] of todo.entries()) {
    const failure = await build(tool, `${index + 1} of ${todo.length}`, signal);
    if (failure) failures.push(failure);
  }
  console.log(
    `${todo.length - failures.length} of ${todo.length} built in ${secondsSince(began)} s, in ${cacheFolder()}`,
  );
  if (failures.length > 0) throw new SetupError(failures.join('\n\n'), 1);
}

/**
 * Says what is there already; a tool that cannot be had for this machine is named and left out.
 *
 * @param {Tool} tool
 */
function needsBuilding(tool) {
  const { version, present } = toolState(tool);
  if (present) console.log(`${tool.name} ${version}: present`);
  if (!version) console.log(`${tool.name}: ${noPackage()}, its tests are skipped`);
  return !present && version !== undefined;
}

/**
 * One failure does not keep the other tools from being built; all are reported at the end.
 *
 * @param {Tool} tool
 * @param {string} position
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} what went wrong
 */
async function build(tool, position, signal) {
  const title = `${tool.name} ${toolState(tool).version}`;
  console.log(`building ${title} (${position}), about ${tool.seconds} s cold`);
  const began = Date.now();
  try {
    await buildTool(tool, signal);
  } catch (error) {
    signal.throwIfAborted();
    console.log(`${title}: failed after ${secondsSince(began)} s`);
    return `${title} could not be built: ${error instanceof Error ? error.message : String(error)}`;
  }
  console.log(`${title}: built in ${secondsSince(began)} s`);
  return undefined;
}

async function main() {
  let commandLine;
  try {
    commandLine = readCommandLine();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return 2;
  }
  if (commandLine.help) {
    console.log(usage);
    return 0;
  }
  if (commandLine.list) {
    list(commandLine.wanted);
    return 0;
  }
  const interrupted = new globalThis.AbortController();
  /** @type {Record<string, number>} */
  const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let signalled = 0;
  for (const [name, code] of Object.entries(exitCodes)) {
    process.on(name, () => {
      signalled ||= code;
      interrupted.abort();
    });
  }
  try {
    await setUp(commandLine.wanted, interrupted.signal);
    return 0;
  } catch (error) {
    if (signalled) {
      console.error('interrupted; the tools that were finished stay, run again to go on');
      return signalled;
    }
    if (!(error instanceof SetupError)) throw error;
    console.error(`\n${error.message}`);
    return error.exitCode;
  }
}

process.exitCode = await main();
