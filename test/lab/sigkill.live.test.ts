/** Whatever kills the process that made a lab: nothing of the lab is left on the machine. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { firstChild } from '../../cdk8s/lab/holder.ts';
import { processesIn } from '../../cdk8s/lab/leaks.ts';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import { describeLab } from './describe-lab.ts';

jest.setTimeout(90_000);

describeLab('a lab whose maker is killed', { programs: ['vtysh', 'bird', 'dnsmasq'] }, () => {
  let folder: string;
  const makers: ChildProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flatlan-lab-'));
    const entryPoints = [resolve(import.meta.dirname, 'killed.ts')];
    await build({ entryPoints, bundle: true, platform: 'node', format: 'esm', outfile: join(folder, 'killed.mjs') });
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  afterEach(() => {
    for (const maker of makers.splice(0)) maker.kill('SIGKILL');
  });

  async function makeLab(): Promise<{ maker: ChildProcess; namespaces: string[]; files: string[] }> {
    const maker = spawn(process.execPath, [join(folder, 'killed.mjs')], { stdio: ['ignore', 'pipe', 'ignore'] });
    makers.push(maker);
    let said = '';
    maker.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
    await waitFor('the lab stands', 60_000, () => {
      if (maker.exitCode !== null) throw new Error(`it ended with ${maker.exitCode}`);
      return Promise.resolve(said.includes('\n') || new NotYet('not yet'));
    });
    const namespaces = JSON.parse(said) as string[];
    // The daemons, the command under way, the deaf one and the one in a session of its own.
    await waitFor('all of it runs', 10_000, () => {
      const programs = processesIn(namespaces).map((line) => line.replace(/.*\//, ''));
      const expected = ['zebra', 'bgpd', 'bird', 'dnsmasq', 'sleep', 'sleep', 'sleep'];
      const absent = [...expected];
      for (const program of programs) if (absent.includes(program)) absent.splice(absent.indexOf(program), 1);
      return Promise.resolve(absent.length === 0 || new NotYet(`absent: ${absent.join(', ')}`));
    });
    return { maker, namespaces, files: readdirSync(folder) };
  }

  async function nothingIsLeft(namespaces: string[]): Promise<void> {
    await waitFor('no process is left', 10_000, () => {
      const left = processesIn(namespaces);
      return Promise.resolve(left.length === 0 || new NotYet(left.join(', ')));
    });
    // A namespace without processes could still be held by a mount: as files of type nsfs, named by the same number.
    const mounts = readFileSync('/proc/1/mountinfo', 'utf8') + readFileSync('/proc/self/mountinfo', 'utf8');
    for (const name of namespaces) expect(mounts).not.toContain(name);
    expect(mounts).not.toMatch(/\/run\/lab|tmpfs lab /);
    expect(readdirSync('/run')).not.toContain('lab');
  }

  test('kill -9 of the process', async () => {
    const { maker, namespaces, files } = await makeLab();
    maker.kill('SIGKILL');
    await once(maker, 'exit');
    await nothingIsLeft(namespaces);
    expect(readdirSync(folder)).toEqual(files);
  });

  test('kill -9 of the lab’s holder; the process itself lives on', async () => {
    const { maker, namespaces } = await makeLab();
    const children = readFileSync(`/proc/${maker.pid}/task/${maker.pid}/children`, 'utf8').trim().split(' ');
    const holder = children.find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'unshare\n') ?? '';
    expect(firstChild(Number(holder))).toBeGreaterThan(0);
    process.kill(Number(holder), 'SIGKILL');
    await nothingIsLeft(namespaces);
    expect(maker.exitCode).toBeNull();
  });
});
