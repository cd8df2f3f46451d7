/** kill -9 of a test with a cluster: its containers, mounts and control groups go too, which lie deeper than a lab's daemons. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { processesIn } from '../../cdk8s/lab/leaks.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { clusterNeeds } from './needs.ts';

jest.setTimeout(600_000);

describeLab('a test with a cluster that is killed', clusterNeeds, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'flatlan-node-'));
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('leaves no process, no mount, no control group and no file', async () => {
    const before = { groups: nodeGroups(), files: strays(), mounts: mounts() };
    const told = join(folder, 'told');
    const root = resolve(import.meta.dirname, '../..');
    const jestFlags = [
      '--runInBand',
      '--testMatch',
      '<rootDir>/test/node/killed.ts',
      `--cacheDirectory=${folder}/cache`,
    ];
    const maker = spawn(
      process.execPath,
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', ...jestFlags],
      { cwd: root, env: { ...process.env, TOLD: told }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let said = '';
    maker.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    try {
      await waitFor('the cluster stands', 500_000, () => {
        if (maker.exitCode !== null) throw new Error(`it ended with ${maker.exitCode}\n${said}`);
        return Promise.resolve(existsSync(told) || new NotYet(said));
      });
      const namespaces = JSON.parse(readFileSync(told, 'utf8')) as string[];
      const groups = nodeGroups().filter((group) => !before.groups.includes(group));
      const containers = groups.flatMap(processesOf);
      expect(containers.filter((name) => name.endsWith('/stand-in')).length).toBeGreaterThanOrEqual(4);
      expect(processesIn(namespaces).length).toBeGreaterThan(10);

      maker.kill('SIGKILL');
      await once(maker, 'exit');
      await waitFor('nothing runs any more, and the control groups are gone', 30_000, () => {
        const left = [...processesIn(namespaces), ...groups.filter(existsSync)];
        return Promise.resolve(left.length === 0 || new NotYet(left.join(', ')));
      });
      expect(containers.filter(runs)).toEqual([]);
      const others = mounts().filter((mount) => !before.mounts.includes(mount));
      // Other tests may mount what is theirs at the same time.
      const kept = /net:\[|\/run\/lab|kubelet|containerd/;
      expect(others.filter((mount) => kept.test(mount))).toEqual([]);
      expect(strays()).toEqual(before.files);
    } finally {
      maker.kill('SIGKILL');
    }
  });
});

/** Control groups of nodes, of whatever test. */
function nodeGroups(): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = [root, ...readdirSync(root).map((name) => join(root, name))].filter((path) =>
    existsSync(join(path, 'cgroup.procs')),
  );
  return hierarchies.flatMap((path) =>
    readdirSync(path)
      .filter((name) => /^flatlan-[0-9a-f]{8}-node\d$/.test(name))
      .map((name) => join(path, name)),
  );
}

/** `<pid> <time of its start> <program>` of everything in a group and those below. */
function processesOf(group: string): string[] {
  const pids = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  const below = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...pids.flatMap((pid) => named(pid) ?? []), ...below.flatMap(({ name }) => processesOf(join(group, name)))];
}

/** Undefined for a process that has ended. */
function named(pid: string): string | undefined {
  try {
    const [, fields = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
    return `${pid} ${fields.split(' ')[19] ?? ''} ${readlinkSync(`/proc/${pid}/exe`)}`;
  } catch {
    return undefined;
  }
}

const runs = (name: string) => named(name.split(' ')[0] ?? '') === name;

/** Of this process and of the machine. */
function mounts(): string[] {
  return ['1', 'self'].flatMap((pid) => readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n'));
}

/** Where daemons of nodes write, on a machine that has none. */
function strays(): string[] {
  const places = [
    '/etc/cni',
    '/opt/cni',
    '/var/lib/cni',
    '/var/lib/kubelet',
    '/var/lib/containerd',
    '/var/lib/flatlan',
  ];
  const ofRun = ['containerd', 'flatlan', 'cni', 'lab', 'netns'].map((name) => `/run/${name}`);
  return [...places, ...ofRun, '/var/log/pods', '/var/log/containers', '/etc/kubelet'].filter(existsSync);
}
