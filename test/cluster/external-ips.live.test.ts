/** Whoever may write Services takes no address of others, asked of the real API server. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { network } from '../../cdk8s/helm/layers.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { NotYet, waitFor } from './http.ts';
import { describeWith } from './tools.ts';
import { ok, planClusterValues } from './umbrella.ts';

jest.setTimeout(120_000);

const POLICY = 'flatlan-external-ips';
const values = planClusterValues('flat-bgp');
const policyOf = (refuseExternalIPs?: boolean) =>
  (
    layerObjects(network, { ...values, network: { ...values.network, refuseExternalIPs } }) as KubernetesObject[]
  ).filter(({ metadata }) => metadata.name === POLICY);

test('it is there only if asked for', () => {
  expect(policyOf()).toEqual([]);
  expect(policyOf(false)).toEqual([]);
  expect(policyOf(true)).toHaveLength(2);
});

describeWith(['etcd', 'kube-apiserver', 'kubectl'], 'externalIPs of Services', () => {
  let cluster: ControlPlane;

  beforeAll(async () => {
    cluster = await startControlPlane();
    ok(await write('before', ['192.168.1.66', '192.168.1.67']));
    ok(await apply(policyOf(true)));
    await waitFor('the policy refuses', 15_000, async () => {
      const { code, stderr } = await write('probe', ['192.168.1.66'], '--dry-run=server');
      return code !== 0 || new NotYet(stderr);
    });
  });

  afterAll(async () => {
    await cluster.stop();
  });

  const apply = async (items: object[], ...flags: string[]) =>
    await cluster.kubectl(
      ['apply', '--filename=-', ...flags],
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    );
  const write = async (name: string, externalIPs: string[] | undefined, ...flags: string[]) =>
    await apply(
      [
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name, namespace: 'default' },
          spec: { ports: [{ port: 53 }], selector: { app: 'thief' }, externalIPs },
        },
      ],
      ...flags,
    );

  test.each([
    ['the DNS server of the house', 'thief', ['192.168.1.1']],
    ['an address of the internet', 'thief', ['9.9.9.9']],
    ['IPv6', 'thief', ['2001:db8::1']],
    ['one more', 'before', ['192.168.1.66', '192.168.1.68']],
  ])('%s is refused', async (_, name, externalIPs) => {
    const { code, stderr } = await write(name, externalIPs);
    expect(stderr).toContain(
      'externalIPs could redirect traffic of addresses that belong to others: use type LoadBalancer, whose addresses MetalLB assigns',
    );
    expect(code).toBe(1);
  });

  test('a Service without them is none of its business', async () => {
    ok(await write('plain', undefined));
    ok(await write('plain', []));
  });

  test('those that a Service has may stay, and go', async () => {
    ok(await cluster.kubectl(['label', 'service', 'before', 'any=thing']));
    ok(await write('before', ['192.168.1.67']));
    ok(await write('before', []));
  });
});
