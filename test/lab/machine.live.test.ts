/** A computer in a host's place: it is switched off like one, its disks stay, and its control groups are removed by somebody. */
import { expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { lackOfCgroups, makeCgroup } from '../../cdk8s/lab/cgroups.ts';
import { startLab } from '../../cdk8s/lab/lab.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { nodeInit } from '../node/machine-init.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(60_000);

describeLab('a machine of a lab', {}, () => {
  test('power goes: processes and memory are gone, disks and the machine’s own settings are as they were', async () => {
    const settings = () =>
      ['vm/overcommit_memory', 'kernel/panic'].map((name) => readFileSync(`/proc/sys/${name}`, 'utf8'));
    const before = settings();
    const lab = await startLab();
    const host = await lab.host('node1');
    const lan = await lab.segment('lan');
    await host.join(lan, 'eth0', '192.0.2.11/24');
    const init = nodeInit('node1', host.folder('archives'));
    const machine = await lab.machine(host, init);
    const { must, write } = {
      must: machine.host.must.bind(machine.host),
      write: machine.host.write.bind(machine.host),
    };
    expect((await must(['hostname'])).trim()).toBe('node1');
    expect(await must(['ls', '/sys/class/net'])).toBe('eth0\nlo\n');
    expect(
      await must(['sh', '-c', 'cat /proc/sys/vm/overcommit_memory; echo 0 > /proc/sys/vm/overcommit_memory']),
    ).toBe('1\n');
    write('/var/lib/kubelet/kept', 'disk');
    write('/etc/lost', 'memory');
    write('/run/lost', 'memory');
    expect(existsSync('/etc/lost')).toBe(false);
    const sleeper = await machine.host.start('sleeper', ['sleep', '1000']);

    await machine.powerOff();
    expect(sleeper.ended()).toContain('sleeper on node1 ended with');
    const again = await lab.machine(host, init);
    expect(again.host.read('/var/lib/kubelet/kept')).toBe('disk');
    expect(await again.host.must(['sh', '-c', 'ls /etc/lost /run/lost 2>/dev/null; true'])).toBe('');
    // What was killed by a power failure has not crashed.
    await lab.stop();
    expect(settings()).toEqual(before);
  });
});

const noGroups = lackOfCgroups();

describeLab('a control group of a lab', { lacks: [noGroups] }, () => {
  const left = (name: string) =>
    ['/sys/fs/cgroup', ...readdirSync('/sys/fs/cgroup').map((folder) => `/sys/fs/cgroup/${folder}`)].filter((folder) =>
      existsSync(join(folder, name)),
    );

  test('is cleared of what containers made, and removed', async () => {
    const name = `flatlan-test-${process.pid}`;
    const cgroup = await makeCgroup(name);
    expect(cgroup.path).toBe(`/${name}`);
    const made = left(name);
    expect(made.length).toBeGreaterThan(0);
    const lab = await startLab();
    const host = await lab.host('node1');
    const script = `mkdir -p ${made[0]}/${name}/kubepods/pod1 && echo $$ > ${made[0]}/${name}/kubepods/pod1/cgroup.procs && exec sleep 1000`;
    const container = await host.start('container', ['sh', '-c', script]);
    await waitFor('a process is in it', 5_000, () => {
      const file = `${made[0]}/${name}/kubepods/pod1/cgroup.procs`;
      return Promise.resolve((existsSync(file) && readFileSync(file, 'utf8') !== '') || new NotYet(container.tail()));
    });
    await container.kill();
    await cgroup.clear();
    expect(existsSync(`${made[0]}/${name}/kubepods`)).toBe(false);
    expect(left(name)).toEqual(made);
    await lab.stop();
    await cgroup.remove();
    expect(left(name)).toEqual([]);
  });

  test('is removed when its maker is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flatlan-lab-'));
    const bundle = join(folder, 'maker.mjs');
    const name = `flatlan-killed-${process.pid}`;
    const source = `import { makeCgroup } from './cgroups.ts'; await makeCgroup('${name}'); console.log('made'); setInterval(() => {}, 1e6);`;
    const resolveDir = resolve(import.meta.dirname, '../../cdk8s/lab');
    try {
      await build({
        stdin: { contents: source, resolveDir },
        bundle: true,
        platform: 'node',
        format: 'esm',
        outfile: bundle,
      });
      const maker = spawn(process.execPath, [bundle], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(maker.stdout, 'data');
      expect(left(name).length).toBeGreaterThan(0);
      maker.kill('SIGKILL');
      await waitFor('it is gone', 15_000, () =>
        Promise.resolve(left(name).length === 0 || new NotYet(left(name).join(', '))),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
