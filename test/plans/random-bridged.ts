/**
 * Random plans with pods on the nodes' bridges, right by construction: node N has 10.20.N.0 or 10.20.N.200 of a /16, and the
 * addresses after it are its pods'.
 */
import fc from 'fast-check';
import { stringify } from 'yaml';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { names } from './random.ts';

type Data = Record<string, unknown>;

const uplinks = fc.constantFrom<Data>(
  { name: 'eth1', bridge: 'br0' },
  { name: 'enp1s0', bridge: 'br.lan-0' },
  { name: 'bond0', bridge: 'lan', bond: { members: ['eth2', 'eth3'], mode: '802.3ad' } },
);

const nodes = (network: string): fc.Arbitrary<Data> =>
  fc
    .record({
      count: fc.integer({ min: 1, max: 40 }),
      prefix: fc.constantFrom('n', 'node', 'k8s-worker-'),
      last: fc.constantFrom(0, 200),
      uplink: uplinks,
      pattern: fc.boolean(),
      host: fc.constantFrom(undefined, 'proxmox', 'hyper-v'),
    })
    .map(({ count, prefix, last, uplink, pattern, host }) => {
      const { name, ...settings } = uplink;
      const node = (number: number | string) => ({
        ...(host === undefined ? {} : { host }),
        interfaces: { [String(name)]: { network, address: `10.20.${number}.${last}`, ...settings } },
      });
      if (pattern) return { [`${prefix}{1..${count}}`]: node('{}') };
      return Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`${prefix}${index + 1}`, node(index + 1)]),
      );
    });

const plans: fc.Arbitrary<Data> = fc
  .record({
    cluster: names,
    network: names,
    distribution: fc.constantFrom('kubeadm', 'k3s', 'rke2'),
    mtu: fc.constantFrom(undefined, 1280, 1500, 9000),
    first: fc.integer({ min: 1, max: 5 }),
    count: fc.integer({ min: 1, max: 50 }),
    routes: fc.uniqueArray(fc.constantFrom('10.11.0.0/16', '10.12.0.0/16', '192.168.0.0/24'), { maxLength: 3 }),
    podMtu: fc.constantFrom(undefined, 1280),
    app: fc.option(names, { nil: undefined }),
  })
  .chain(({ network, app, ...rest }) => nodes(network).map((made) => ({ network, app, ...rest, nodes: made })))
  .map(({ cluster, network, distribution, mtu, first, count, routes, podMtu, app, nodes: made }) => ({
    version: 1,
    cluster,
    kubernetes: { version: '1.36', distribution, services: '172.20.0.0/16' },
    networks: {
      [network]: {
        subnet: '10.20.0.0/16',
        gateway: '10.20.255.1',
        clients: true,
        ...(mtu === undefined ? {} : { mtu }),
      },
    },
    nodes: made,
    pods: {
      mode: 'bridged',
      network,
      perNode: { first, count },
      ...(routes.length > 0 ? { routes } : {}),
      ...(podMtu === undefined ? {} : { mtu: podMtu }),
    },
    ...(app === undefined ? {} : { apps: { 'home-assistant': { namespace: app } } }),
  }));

export function bridgedPlans(count: number, seed: number): { text: string; network: Network }[] {
  return fc.sample(plans, { numRuns: count, seed }).map((plan) => {
    const text = stringify(plan);
    const { network, findings } = checkPlan(text, 'plan.yaml');
    if (!network) throw new Error(`${findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n')}\n${text}`);
    return { text, network };
  });
}
