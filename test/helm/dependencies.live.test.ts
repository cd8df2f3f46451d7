/**
 * Chart.lock is written without asking a repository; Helm must take it as its own. A repository with stand-ins on this
 * machine plays upstream's part.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { dependencies, lockText, repositories, umbrellaLock } from '../../cdk8s/helm/chart-metadata.ts';
import { subcharts } from '../../cdk8s/helm/subcharts.ts';
import { chartReadme } from '../../cdk8s/helm/readme.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { describeWith } from '../cluster/tools.ts';
import { helm, helms, temporaryFolder, type Helm } from './helm.ts';
import { chartWithStandIns, standIns, writeStandIn } from './stand-ins.ts';

describeWith(helms, 'helm dependency build', () => {
  const folder = temporaryFolder();
  const served = join(folder, 'served');
  let server: Server;
  let url = '';
  beforeAll(async () => {
    server = createServer((request, response) => {
      const file = join(served, basename(request.url ?? ''));
      if (existsSync(file)) response.end(readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    mkdirSync(served);
    for (const name of standIns)
      await helm('helm3', folder, ['package', writeStandIn(join(folder, 'charts'), name), '--destination', served]);
    await helm('helm3', folder, ['repo', 'index', served, '--url', url]);
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  /** The chart as it is in the repository, but for upstream's address and the lock that goes with it. */
  function chart(which: Helm): string {
    const path = chartWithStandIns(join(folder, which));
    for (const name of standIns) rmSync(join(path, 'charts', name), { recursive: true, force: true });
    const metadata = readFileSync(join(path, 'Chart.yaml'), 'utf8');
    const moved = Object.values(repositories).reduce((text, upstream) => text.replaceAll(upstream, url), metadata);
    expect(moved.split(url)).toHaveLength(standIns.length + 1);
    writeFileSync(join(path, 'Chart.yaml'), moved);
    const asked = dependencies(testedCharts).map((one) => (one.repository === '' ? one : { ...one, repository: url }));
    writeFileSync(join(path, 'Chart.lock'), lockText(asked));
    return path;
  }

  describe.each(helms)('%s', (which) => {
    test('takes the lock and fetches what it says, once the repository was added as the README has it', async () => {
      const path = chart(which);
      const lock = readFileSync(join(path, 'Chart.lock'), 'utf8');
      const early = await helm(which, folder, ['dependency', 'build', path]);
      expect(early.stderr).toMatch(/no repository definition for .*Please add the missing repos via 'helm repo add'/);
      await helm(which, folder, ['repo', 'add', 'upstream', url]);
      const { code, stderr } = await helm(which, folder, ['dependency', 'build', path]);
      expect([stderr, code]).toEqual(['', 0]);
      expect(readdirSync(join(path, 'charts')).sort()).toEqual(
        [
          ...[`metallb-${testedCharts.metallb}.tgz`, `tigera-operator-${testedCharts.calico}.tgz`],
          ...subcharts.map(({ name }) => name),
        ].sort(),
      );
      expect(readFileSync(join(path, 'Chart.lock'), 'utf8')).toBe(lock);
    });

    test('and Helm itself writes the same lock', async () => {
      const path = chart(which);
      const ours = parse(readFileSync(join(path, 'Chart.lock'), 'utf8')) as { dependencies: object; digest: string };
      rmSync(join(path, 'Chart.lock'));
      const { code, stderr } = await helm(which, folder, ['dependency', 'update', path]);
      expect([stderr, code]).toEqual(['', 0]);
      expect(parse(readFileSync(join(path, 'Chart.lock'), 'utf8'))).toMatchObject({
        dependencies: ours.dependencies,
        digest: ours.digest,
      });
    });

    test.each([
      ['a version', 'version: 0.16.1', 'version: 0.16.0'],
      ['a condition', 'condition: metallb.enabled', 'condition: metallb.on'],
      ['a name', 'name: tigera-operator', 'name: tigera-operators'],
    ])('says so when Chart.yaml has another dependency than the lock: %s', async (_, from, to) => {
      const path = chart(which);
      const metadata = readFileSync(join(path, 'Chart.yaml'), 'utf8');
      expect(metadata).toContain(from);
      writeFileSync(join(path, 'Chart.yaml'), metadata.replace(from, to));
      const { code, stderr } = await helm(which, folder, ['dependency', 'build', path]);
      expect(stderr).toContain('the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml)');
      expect(code).toBe(1);
    });
  });
});

test('the lock of the repository is that of its Chart.yaml', () => {
  expect(umbrellaLock(testedCharts)).toContain(lockText(dependencies(testedCharts)));
});

test('another version has another lock', () => {
  expect(umbrellaLock({ ...testedCharts, metallb: '0.16.2' })).not.toBe(umbrellaLock(testedCharts));
});

test('the README adds every repository before it builds', () => {
  const lines = chartReadme().split('\n');
  const build = lines.indexOf('helm dependency build charts/flatlan');
  const added = dependencies(testedCharts).filter(({ repository }) => repository !== '');
  for (const { repository } of added) {
    const at = lines.findIndex((line) => line.startsWith('helm repo add ') && line.endsWith(` ${repository}`));
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(build);
  }
});
