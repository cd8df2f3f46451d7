/** `npm run test:setup` with a stand-in for Go, so that its ways to fail take milliseconds. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { moduleFolder, toolNamed, toolState } from '../../tools/cache.mjs';
import { systemPackages, tools } from '../../tools/manifest.mjs';
import { withoutDaemons } from '../../tools/packages.mjs';
import { NotYet, waitFor } from './http.ts';
import { run, type RunResult } from './process.ts';

// Milliseconds where nothing else runs; builds on the same two cores make that seconds.
jest.setTimeout(60_000);

const script = resolve(import.meta.dirname, '../../tools/setup.mjs');

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flatlan-setup-'));
  mkdirSync(join(folder, 'bin'));
  // Whatever a test does to the PATH, no package is ever installed.
  for (const command of systemPackages.flatMap(({ commands = [] }) => commands)) standIn(command, 'exit 0');
  standIn('apt-get', 'exit 1');
  const path = [join(folder, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  env = { PATH: path, HOME: folder, FLATLAN_CACHE: join(folder, 'cache') };
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function standIn(command: string, script: string): void {
  writeFileSync(join(folder, 'bin', command), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, 'bin', command), 0o755);
}

/** A `go` that logs its arguments and does `build` when asked to build; $out is the program to write. */
function standInForGo(build: string): void {
  const lines = [
    `echo "$@" >> ${folder}/go.log`,
    '[ "$1" = build ] || exit 0',
    'while [ "$1" != -o ]; do shift; done; out=$2',
    build,
  ];
  standIn('go', lines.join('\n'));
}

const goodBuild = 'printf "#!/bin/sh\\n" > "$out" && chmod 755 "$out"';

async function setup(...args: string[]): Promise<RunResult> {
  return await run(process.execPath, [script, ...args], { env, cwd: folder });
}

function isPresent(name: string): boolean {
  return toolState(toolNamed(name), env).present;
}

function unfinished(): string[] {
  const partial = join(folder, 'cache/tools/.partial');
  return existsSync(partial)
    ? readdirSync(partial, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'))
    : [];
}

describe('test:setup', () => {
  test('builds once, then only says so', async () => {
    standInForGo(goodBuild);
    const first = await setup('--only', 'etcd,kubectl');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^building etcd v\S+ \(1 of 2\), about \d+ s cold\netcd v\S+: built in \d+ s\n/);
    expect(first.stdout).toMatch(/2 of 2 built in \d+ s, in .*\/cache\n$/);
    expect([isPresent('etcd'), isPresent('kubectl'), unfinished()]).toEqual([true, true, []]);

    rmSync(join(folder, 'bin/go'));
    const second = await setup('--only', 'etcd,kubectl');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toMatch(/^etcd v[\d.]+: present\nkubectl v[\d.]+: present\n$/);
  });

  test('gives Go the pinned package, the version and read-only modules', async () => {
    standInForGo(goodBuild);
    await setup('--only', 'kube-apiserver');
    const build = readFileSync(join(folder, 'go.log'), 'utf8')
      .split('\n')
      .find((line) => line.startsWith('build'));
    expect(build).toContain('-trimpath -buildvcs=false -mod=readonly');
    expect(build).toMatch(/version\.gitVersion=v1\.36\.\d+ /);
    expect(build).toMatch(/ k8s\.io\/kubernetes\/cmd\/kube-apiserver$/);
  });

  test('reports a failed build at the end and builds the others', async () => {
    standInForGo(`case "$out" in *etcd) echo "etcd.go:1: broken" >&2; exit 1;; esac; ${goodBuild}`);
    const { code, stdout, stderr } = await setup('--only', 'etcd,kubectl');
    expect(code).toBe(1);
    expect(stderr).toMatch(/etcd v\S+ could not be built: go build .*ended with 1\n {4}etcd\.go:1: broken/s);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(stdout).toContain('1 of 2 built');
    expect([isPresent('etcd'), isPresent('kubectl'), unfinished()]).toEqual([false, true, []]);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the build and leaves nothing behind', async (signal, code) => {
    standInForGo(`echo half > "$out"; chmod 755 "$out"; touch ${folder}/begun; exec sleep 1000`);
    const child = spawn(process.execPath, [script, '--only', 'etcd'], { env, cwd: folder, stdio: 'ignore' });
    await waitFor('the build begins', 10_000, begun);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([code, null]);
    expect([isPresent('etcd'), unfinished()]).toEqual([false, []]);
  });

  test('a build killed outright does not look finished, and the next run starts afresh', async () => {
    standInForGo(`echo half > "$out"; chmod 755 "$out"; echo $$ > ${folder}/begun; exec sleep 1000`);
    const child = spawn(process.execPath, [script, '--only', 'etcd'], { env, cwd: folder, stdio: 'ignore' });
    await waitFor('the build begins', 10_000, begun);
    child.kill('SIGKILL');
    await once(child, 'exit');
    process.kill(Number(readFileSync(join(folder, 'begun'), 'utf8')), 'SIGKILL');
    expect(isPresent('etcd')).toBe(false);
    expect(unfinished()).not.toEqual([]);
    standInForGo(goodBuild);
    expect(await setup('--only', 'etcd')).toMatchObject({ code: 0, stderr: '' });
    expect([isPresent('etcd'), unfinished()]).toEqual([true, []]);
  });

  test('without Go it says which one is needed', async () => {
    env.PATH = join(folder, 'bin');
    const { code, stderr } = await setup('--only', 'etcd');
    expect(code).toBe(3);
    expect(stderr).toMatch(/Go 1\.26 or newer is needed/);
  });

  test('refuses what it does not know', async () => {
    expect(await setup('--only', 'etdc')).toMatchObject({ code: 2, stderr: expect.stringContaining('"etdc"') });
    expect(await setup('--lst')).toMatchObject({ code: 2, stderr: expect.stringContaining('--lst') });
  });

  test('--list changes nothing', async () => {
    const { code, stdout } = await setup('--list');
    expect(code).toBe(0);
    for (const tool of tools) expect(stdout).toMatch(new RegExp(`^${tool.name} +v[\\d.]+ +missing`, 'm'));
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });

  async function begun(): Promise<true | NotYet> {
    return await Promise.resolve(existsSync(join(folder, 'begun')) || new NotYet('go was not called'));
  }
});

describe('the table', () => {
  // Otherwise `go mod tidy` drops what the package needs.
  test.each(tools.filter((tool) => tool.source === 'go'))('$name stands in a tool line of its go.mod', (tool) => {
    const mod = readFileSync(join(moduleFolder(tool), 'go.mod'), 'utf8');
    const lines = mod.split('\n').map((line) => line.trim().replace(/^tool /, ''));
    expect(lines).toContain(tool.package);
  });
});

describe('packages are installed with no daemon started', () => {
  test.each([
    ['where there was no policy', undefined],
    ["where there was the user's", '#!/bin/sh\nexit 104\n'],
  ])('%s, it is so afterwards', async (_where, before) => {
    const policy = join(folder, 'policy-rc.d');
    if (before !== undefined) writeFileSync(policy, before);
    const failing = withoutDaemons(async () => {
      expect(await run(policy, [])).toMatchObject({ code: 101 });
      throw new Error('apt-get failed');
    }, policy);
    await expect(failing).rejects.toThrow('apt-get failed');
    expect(existsSync(policy) ? readFileSync(policy, 'utf8') : undefined).toBe(before);
    expect(readdirSync(folder)).not.toContain('policy-rc.d.flatlan-kept');
  });
});
