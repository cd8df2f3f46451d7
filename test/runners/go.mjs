/**
 * The Go tier: format, vet, staticcheck and the tests of every module under cni/. Without Go it is skipped with the
 * reason; in CI that is a failure.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { toolNamed, toolState } from '../../tools/cache.mjs';
import { check, root } from './checks.mjs';
import { GoReport } from './go-report.mjs';

const house = join(root, 'cni');

/**
 * @param {{ long?: boolean, packages?: readonly string[] }} [options]
 * @returns {Promise<{ passed: number, failed: number, skipped: number, notes: string[] }>}
 */
export async function runGo({ long = false, packages = ['./...'] } = {}) {
  const lack = missing();
  if (lack !== undefined) return lacking(lack);
  const total = { passed: 0, failed: 0, skipped: 0, notes: [] };
  // A pattern that matches in one module is nobody's mistake in another.
  const folders = modules().filter((folder) => hasSome(folder, packages));
  if (folders.length === 0) {
    return { ...total, failed: 1, notes: [`no module has packages ${packages.join(' ')}`] };
  }
  for (const folder of folders) {
    add(total, staticChecks(folder));
    add(total, await tests(folder, { long, packages }));
  }
  return total;
}

/** Folders with a go.mod and code; one without code only pins versions. */
function modules() {
  return readdirSync(house, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'go.mod')
    .map((path) => join(house, dirname(path)))
    .filter((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((path) => path.endsWith('.go')))
    .sort();
}

/** Whether the patterns match a package there. @param {string} cwd @param {readonly string[]} packages */
function hasSome(cwd, packages) {
  const { stdout } = spawnSync(
    'go',
    ['list', '-e', '-f', '{{if or .GoFiles .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}', ...packages],
    {
      cwd,
      env: environment(),
      encoding: 'utf8',
    },
  );
  return stdout.trim() !== '';
}

/** What keeps the tier from running, with the remedy. */
function missing() {
  const version = spawnSync('go', ['version'], { encoding: 'utf8' });
  if (version.status !== 0) return 'no Go on the PATH; install Go 1.26 or newer';
  const compiler = spawnSync('gcc', ['--version'], { encoding: 'utf8' });
  if (compiler.status !== 0) return 'no gcc, which the race detector needs; run npm run test:setup';
  return undefined;
}

/** A skip on a developer's machine, a failure in CI. @param {string} lack */
function lacking(lack) {
  const inCi = process.env.CI === 'true';
  const note = `(skipped: ${lack})`;
  return { passed: 0, failed: inCi ? 1 : 0, skipped: inCi ? 0 : 1, notes: [`Go tier ${note}`] };
}

function add(total, part) {
  total.passed += part.passed;
  total.failed += part.failed;
  total.skipped += part.skipped;
  total.notes.push(...part.notes);
}

/** What a shell's settings must not change. The race detector needs cgo; the product is built without. */
function environment(more = {}) {
  const env = { ...process.env, CGO_ENABLED: '1', GOWORK: 'off', ...more };
  // On a Debian system ip, nft and the like lie in folders that a user's PATH may lack.
  env.PATH = [env.PATH, '/usr/local/sbin', '/usr/sbin', '/sbin'].join(delimiter);
  return env;
}

function staticChecks(cwd) {
  const options = { cwd, env: environment() };
  const name = relative(root, cwd);
  const results = [formatted(cwd), check(`vet ${name}`, 'go', ['vet', './...'], options)];
  const staticcheck = toolState(toolNamed('staticcheck'));
  const total = { passed: 0, failed: 0, skipped: 0, notes: [] };
  if (staticcheck.present) results.push(check(`staticcheck ${name}`, staticcheck.program, ['./...'], options));
  else add(total, lacking('staticcheck is not built; run npm run test:setup'));
  total.failed += results.filter((passed) => !passed).length;
  return total;
}

function formatted(cwd) {
  const name = relative(root, cwd);
  process.stdout.write(`== gofmt ${name}\n`);
  const { stdout: goRoot } = spawnSync('go', ['env', 'GOROOT'], { cwd, encoding: 'utf8' });
  const { stdout, stderr, status } = spawnSync(join(goRoot.trim(), 'bin', 'gofmt'), ['-l', '.'], {
    cwd,
    encoding: 'utf8',
  });
  if (status === 0 && stdout === '') return true;
  process.stdout.write(`${stderr ?? ''}${stdout ?? ''}not formatted: run gofmt -w on these in ${name}\n`);
  return false;
}

async function tests(cwd, { long, packages }) {
  process.stdout.write(`== tests ${relative(root, cwd)}\n`);
  // vet has run already, whole. -count=1: what these tests look at (the kernel, other programs) is not in Go's cache key.
  // -p=4: they wait for timers of DHCP more than they compute.
  const bound = `-timeout=${long ? '90m' : '20m'}`;
  const args = ['test', '-race', '-json', '-vet=off', '-count=1', '-p=4', bound, ...packages];
  const env = environment(long ? { FLATLAN_LONG: '1' } : {});
  const child = spawn('go', args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const report = new GoReport();
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (status) => resolve(status));
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const progress = report.add(line);
    if (progress !== undefined) process.stdout.write(`${progress}\n`);
  }
  const status = await ended;
  const { passed, failed, skipped, notes, failures } = report.summary();
  for (const failure of failures) process.stdout.write(`${failure}\n`);
  const silent = status !== 0 && failed === 0;
  if (silent) process.stdout.write(`go test ended with ${status} and names no failed test\n`);
  return { passed, failed: silent ? 1 : failed, skipped, notes };
}
