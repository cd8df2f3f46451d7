import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { http } from './http.ts';
import { sharedFolder, sharedRemedy } from './shared.ts';
import { describeWith, pinnedVersion } from './tools.ts';

const shared = sharedFolder();

// A few seconds each; the rest is for machines that compile something else meanwhile.
jest.setTimeout(120_000);

/** Processes that mention the folder in their command line. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
}

describeWith(['etcd', 'kube-apiserver', 'kubectl', 'helm3', 'helm4'], 'a control plane', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('says which version it is', async () => {
    const { code, stdout, stderr } = await cluster.kubectl(['version', '--output=json']);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const { clientVersion, serverVersion } = JSON.parse(stdout) as Record<string, Record<string, string>>;
    const gitVersion = pinnedVersion('kube-apiserver');
    expect(gitVersion).toMatch(/^v1\.36\./);
    expect(serverVersion).toMatchObject({ gitVersion, major: '1', minor: '36' });
    expect(clientVersion).toMatchObject({ gitVersion });
  });

  test('serves mutating admission policies as v1, which the umbrella counts on', async () => {
    const { stdout } = await cluster.kubectl(['api-versions']);
    expect(stdout.split('\n')).toContain('admissionregistration.k8s.io/v1');
    const { stdout: kinds } = await cluster.kubectl(['api-resources', '--api-group=admissionregistration.k8s.io']);
    expect(kinds).toMatch(/^mutatingadmissionpolicies .* admissionregistration\.k8s\.io\/v1 /m);
  });

  test('is checked against its certificate and refuses a stranger', async () => {
    const secrets = `${cluster.server}/api/v1/secrets`;
    await expect(http(secrets)).rejects.toThrow(/self-signed certificate/);
    expect((await http(secrets, { ca: cluster.ca })).status).toBe(403);
    const wrong = await http(secrets, { ca: cluster.ca, headers: { authorization: 'Bearer wrong' } });
    expect(wrong.status).toBe(401);
    const right = await http(secrets, { ca: cluster.ca, headers: { authorization: `Bearer ${cluster.token}` } });
    expect(right.status).toBe(200);
  });

  test('stores what is applied and shows it as an object', async () => {
    expect(await cluster.object('configmap', 'answer', 'default')).toBeUndefined();
    const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'answer' }, data: { n: '42' } };
    const applied = await cluster.kubectl(['apply', '--filename=-'], JSON.stringify(manifest));
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(await cluster.object('configmap', 'answer', 'default')).toMatchObject({
      metadata: { namespace: 'default' },
      data: { n: '42' },
    });
    await expect(cluster.object('unicorn', 'any')).rejects.toThrow(/doesn't have a resource type "unicorn"/);
  });

  test.each([3, 4] as const)('Helm %i installs, upgrades and removes a chart', async (version) => {
    const name = `probe${version}`;
    const created = await cluster.helm(version, ['create', name]);
    expect(created.code).toBe(0);
    const namespace = ['--namespace', name];
    const installed = await cluster.helm(version, ['install', name, name, ...namespace, '--create-namespace']);
    expect(installed.stderr).toBe('');
    expect(installed.code).toBe(0);
    const upgraded = await cluster.helm(version, ['upgrade', name, name, ...namespace, '--set', 'replicaCount=2']);
    expect(upgraded.code).toBe(0);
    expect(await cluster.object('deployment', name, name)).toMatchObject({ spec: { replicas: 2 } });
    const removed = await cluster.helm(version, ['uninstall', name, ...namespace]);
    expect(removed.code).toBe(0);
    expect(await cluster.object('deployment', name, name)).toBeUndefined();
  });

  test.each([3, 4] as const)('Helm %i knows its version and is not stuck with an old Kubernetes', async (version) => {
    const { stdout } = await cluster.helm(version, ['version', '--template', '{{ .Version }}']);
    expect(stdout.trim()).toBe(pinnedVersion(`helm${version}`));
    const chart = join(cluster.folder, `capabilities${version}`);
    mkdirSync(join(chart, 'templates'), { recursive: true });
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: capabilities\nversion: 0.1.0\n');
    writeFileSync(join(chart, 'templates', 'minor.yaml'), 'minor: {{ .Capabilities.KubeVersion.Minor | quote }}\n');
    const rendered = await cluster.helm(version, ['template', chart]);
    expect(Number(/minor: "(\d+)"/.exec(rendered.stdout)?.[1])).toBeGreaterThanOrEqual(36);
  });

  const crds = shared === undefined ? undefined : join(shared, 'upstream/crds');
  const testWithShared = crds === undefined ? test.skip : test;
  const title = 'accepts every CRD of upstream';
  testWithShared(crds === undefined ? `${title} (skipped: no shared folder; ${sharedRemedy})` : title, async () => {
    await cluster.applyCrds(crds ?? '');
    const files = readdirSync(crds ?? '', { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    // At once usable: no kind is unknown to the next command.
    const { stdout: kinds } = await cluster.kubectl(['api-resources', '--output=name']);
    const { stdout } = await cluster.kubectl(['get', 'crds', '--output=name']);
    const names = stdout
      .trim()
      .split('\n')
      .map((name) => name.replace(/^.*\//, ''));
    expect(names).toHaveLength(files.length);
    expect(kinds.split('\n')).toEqual(expect.arrayContaining(names));
    expect(await cluster.object('crd', 'installations.operator.tigera.io')).toMatchObject({
      status: {
        conditions: expect.arrayContaining([expect.objectContaining({ type: 'Established', status: 'True' })]),
      },
    });
  });

  test('says which file has no CRD in it', async () => {
    const file = join(cluster.folder, 'plain.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } }));
    await expect(cluster.applyCrds([file])).rejects.toThrow(`no CustomResourceDefinition in ${file}`);
  });
});

describeWith(['etcd', 'kube-apiserver'], 'a control plane that ends', () => {
  test('leaves no process and no file', async () => {
    const cluster = await startControlPlane();
    expect(processesOf(cluster.folder).length).toBeGreaterThanOrEqual(3);
    await cluster.stop();
    expect(processesOf(cluster.folder)).toEqual([]);
    expect(existsSync(cluster.folder)).toBe(false);
  });

  test('says what the API server said when it refuses to start', async () => {
    const started = startControlPlane({ apiServerFlags: ['--no-such-flag'] });
    await expect(started).rejects.toThrow(/kube-apiserver ended with 1[^]*unknown flag: --no-such-flag/);
  });
});
