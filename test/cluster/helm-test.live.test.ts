/**
 * The checks that `helm test` runs. No kubelet runs here, so the test makes the hooks' account and roles and runs each
 * check's own arguments with the real kubectl as that account. It plays operator and MetalLB by writing their status.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { ok, planValues, type Umbrella } from './umbrella.ts';
import { describeOnCluster, startNetwork } from './upstream.ts';

jest.setTimeout(120_000);

interface Hook {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers: readonly { readonly args: readonly string[]; readonly image: string }[] };
}

describeOnCluster(['helm4'], 'helm test', () => {
  let umbrella: Umbrella;
  const tokens = new Map<Layer, string>();
  const hooks = new Map<Layer, Hook[]>();

  beforeAll(async () => {
    umbrella = await startNetwork(4, planValues('flat-bgp'));
    const { cluster } = umbrella;
    for (const layer of [operators, network]) {
      // Seconds at most: what does not hold must not hold the tests up.
      ok(await umbrella.upgrade(layer, '--reuse-values', '--set', 'checks.timeout=5s'));
      const { stdout } = ok(await umbrella.onRelease('get hooks', layer));
      const found = parseAllDocuments(stdout).map((doc) => doc.toJS() as Hook);
      hooks.set(layer, found);
      for (const hook of found.filter(({ kind }) => /^(ServiceAccount|ClusterRole)/.test(kind)))
        ok(await cluster.kubectl(['create', '--filename=-'], JSON.stringify(hook)));
      const account = `${layer.release}-checks`;
      tokens.set(
        layer,
        ok(await cluster.kubectl(['create', 'token', account, '--namespace', NAMESPACE])).stdout.trim(),
      );
    }
  });

  afterAll(async () => {
    await umbrella.cluster.stop();
  });

  const kubectlAs = (layer: Layer, args: readonly string[]) =>
    umbrella.cluster.kubectl([
      ...args,
      '--token',
      tokens.get(layer) ?? '',
      '--kubeconfig',
      '/dev/null',
      '--server',
      umbrella.cluster.server,
      '--insecure-skip-tls-verify',
    ]);

  /** The check as its Pod runs it. */
  async function check(layer: Layer, name: string) {
    const pod = hooks.get(layer)?.find(({ metadata }) => metadata.name === `${layer.release}-check-${name}`);
    const container = pod?.spec?.containers[0];
    if (!container) throw new Error(`${layer.release} has no check ${name}`);
    return kubectlAs(layer, container.args);
  }

  const setStatus = async (resource: string, name: string, status: object) =>
    ok(
      await umbrella.cluster.kubectl([
        'patch',
        resource,
        name,
        '--namespace',
        NAMESPACE,
        '--subresource=status',
        '--type=merge',
        '--patch',
        JSON.stringify({ status }),
      ]),
    );

  test('each layer brings its checks, pinned to one version of kubectl', () => {
    const checks = (layer: Layer) => (hooks.get(layer) ?? []).filter(({ kind }) => kind === 'Pod');
    expect(checks(operators).map(({ metadata }) => metadata.name)).toEqual([
      'flatlan-operators-check-operator',
      'flatlan-operators-check-kinds',
    ]);
    expect(checks(network).map(({ metadata }) => metadata.name)).toEqual([
      'flatlan-network-check-calico',
      'flatlan-network-check-peers',
      'flatlan-network-check-pools',
    ]);
    for (const pod of [...checks(operators), ...checks(network)])
      expect(pod.spec?.containers[0]?.image).toMatch(/^registry\.k8s\.io\/kubectl:v\d+\.\d+\.\d+$/);
  });

  test('kinds: passes where the operator has made them', async () => {
    ok(await check(operators, 'kinds'));
  });

  test('calico: fails until both statuses are Available', async () => {
    const { cluster } = umbrella;
    expect((await check(network, 'calico')).code).not.toBe(0);
    for (const name of ['calico', 'ippools']) {
      ok(
        await cluster.kubectl(
          ['create', '--filename=-'],
          JSON.stringify({ apiVersion: 'operator.tigera.io/v1', kind: 'TigeraStatus', metadata: { name }, spec: {} }),
        ),
      );
      expect((await check(network, 'calico')).code).not.toBe(0);
    }
    for (const name of ['calico', 'ippools']) {
      const now = new Date().toISOString();
      await setStatus('tigerastatus', name, {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            lastTransitionTime: now,
            reason: 'AllObjectsAvailable',
            message: '',
            observedGeneration: 1,
          },
        ],
      });
    }
    ok(await check(network, 'calico'));
  });

  test.each([
    ['peers', network, 'daemonset', 'calico-node', 'calico-system'],
    ['operator', operators, 'deployment', 'tigera-operator', NAMESPACE],
  ] as const)('%s: fails until the rollout is complete', async (name, layer, kind, object, namespace) => {
    const { cluster } = umbrella;
    if (kind === 'daemonset') {
      ok(await cluster.kubectl(['create', 'namespace', namespace]));
      const labels = { app: object };
      const spec = {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'node', image: 'none.invalid/none:none' }] } },
      };
      ok(
        await cluster.kubectl(
          ['create', '--filename=-'],
          JSON.stringify({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: object, namespace }, spec }),
        ),
      );
    } else ok(await cluster.kubectl(['scale', kind, object, '--replicas=1', '--namespace', namespace]));
    expect((await check(layer, name)).code).not.toBe(0);
    const generation = (await cluster.object(kind, object, namespace))?.metadata.generation;
    const status =
      kind === 'daemonset'
        ? {
            observedGeneration: generation,
            desiredNumberScheduled: 1,
            updatedNumberScheduled: 1,
            numberAvailable: 1,
            currentNumberScheduled: 1,
            numberMisscheduled: 0,
            numberReady: 1,
          }
        : { observedGeneration: generation, replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1 };
    ok(
      await cluster.kubectl([
        'patch',
        kind,
        object,
        '--namespace',
        namespace,
        '--subresource=status',
        '--type=merge',
        '--patch',
        JSON.stringify({ status }),
      ]),
    );
    ok(await check(layer, name));
  });

  test('pools: fails without a count and without room, and says which pool', async () => {
    const uncounted = await check(network, 'pools');
    expect(uncounted.code).not.toBe(0);
    expect(uncounted.stdout).toMatch(/^load-balancers: MetalLB has not counted this pool yet\n/);
    const counts = { assignedIPv4: 254, availableIPv4: 0, assignedIPv6: 0, availableIPv6: 0 };
    await setStatus('ipaddresspools.metallb.io', 'load-balancers', counts);
    const full = await check(network, 'pools');
    expect(full.code).not.toBe(0);
    expect(full.stdout).toMatch(/^load-balancers: this pool has no free address\n/);
    await setStatus('ipaddresspools.metallb.io', 'load-balancers', { ...counts, assignedIPv4: 3, availableIPv4: 251 });
    expect(ok(await check(network, 'pools')).stdout).toBe('load-balancers: 251 addresses left\n');
  });

  test.each([
    ['secrets', ['get', 'secrets', '--namespace', NAMESPACE]],
    ['every daemonset', ['get', 'daemonsets', '--all-namespaces']],
    ['a deletion', ['delete', 'ipaddresspools.metallb.io', 'load-balancers', '--namespace', NAMESPACE]],
  ])('the account of the checks may not have %s', async (_, args) => {
    for (const layer of [operators, network]) {
      const { code, stderr } = await kubectlAs(layer, args);
      expect(code).not.toBe(0);
      expect(stderr).toContain('is forbidden');
    }
  });

  describe('the lock of each layer', () => {
    test('is no test hook', () => {
      for (const layer of [operators, network])
        expect(
          (hooks.get(layer) ?? [])
            .filter(({ kind }) => kind === 'ConfigMap')
            .map(({ metadata }) => metadata.annotations?.['helm.sh/hook']),
        ).toEqual(['pre-delete']);
    });
  });
});
