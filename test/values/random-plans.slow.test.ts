/** The random plans that other tests build on: valid, varied, the same every time. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { planTexts, randomPlans } from '../plans/random.ts';

const networks = randomPlans(300, 42).map(({ network }) => network);

function countOf(wanted: (network: CalicoNetwork) => boolean): number {
  return networks.filter(wanted).length;
}

test('hardly one in a hundred is refused', () => {
  const texts = fc.sample(planTexts, { numRuns: 300, seed: 99 });
  const refused = texts.flatMap((text) => {
    const { network, findings } = checkPlan(text, 'random.yaml');
    return network ? [] : [findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)];
  });
  expect(refused.length / texts.length).toBeLessThan(0.01);
});

test('a seed stands for the same plans, another for others', () => {
  const texts = (seed: number) => randomPlans(5, seed).map(({ text }) => text);
  expect(texts(1)).toEqual(texts(1));
  expect(texts(1)).not.toEqual(texts(2));
});

test('no two sessions, filters or pools of a plan have one name: values would lose one', () => {
  for (const network of networks) {
    const { bgpPeers, bgpFilters, ipAddressPools } = networkValues(network);
    expect(Object.keys(bgpPeers ?? {})).toHaveLength(network.bgp.sessions.length);
    expect(Object.keys(bgpFilters ?? {})).toHaveLength(network.bgp.filters.length);
    expect(Object.keys(ipAddressPools ?? {})).toHaveLength(network.loadBalancers.length);
  }
});

describe('there are enough of every kind', () => {
  const kinds: readonly (readonly [string, (network: CalicoNetwork) => boolean])[] = [
    ['one site', ({ sites }) => sites.length === 1],
    ['two sites', ({ sites }) => sites.length === 2],
    ['three sites or more', ({ sites }) => sites.length >= 3],
    ['one router on several networks', ({ sites }) => new Set(sites.map(({ router }) => router)).size < sites.length],
    ['two routers on one network', ({ sites }) => new Set(sites.map(({ network }) => network)).size < sites.length],
    ['one node', ({ nodes }) => nodes.length === 1],
    ['eight nodes or more', ({ nodes }) => nodes.length >= 8],
    ...(['kubeadm', 'k3s', 'rke2', 'talos'] as const).map(
      (name) => [name, ({ kubernetes }: CalicoNetwork) => kubernetes.distribution === name] as const,
    ),
    ['announced services', ({ kubernetes }) => kubernetes.advertiseServices],
    ['a password', ({ bgp }) => bgp.passwordSecret !== undefined],
    ['no password', ({ bgp }) => bgp.passwordSecret === undefined],
    ['no pool', ({ loadBalancers }) => loadBalancers.length === 0],
    ['one pool for all', ({ loadBalancers }) => loadBalancers.length === 1 && loadBalancers[0]?.router === undefined],
    ['several pools', ({ loadBalancers }) => loadBalancers.length > 1],
    [
      'a pool of a name of its own',
      ({ loadBalancers }) => loadBalancers.some(({ name, router }) => router && name !== router),
    ],
    ['a range', ({ loadBalancers }) => loadBalancers.some(({ subnets }) => subnets.length > 1)],
    ['an address that is asked for', ({ apps }) => apps.homeAssistant?.balanced?.address !== undefined],
    ['a volume of another owner', ({ apps }) => apps.homeAssistant?.storage.otherOwner === true],
    ['no control plane', ({ nodes }) => nodes.every(({ roles }) => !roles.includes('control-plane'))],
    ['an AS number of 32 bits', ({ sites }) => sites.some(({ asn }) => asn > 65535)],
    ['an MTU that is not 1500', ({ pods }) => pods.mtu !== 1500],
    ['an attachment', ({ attachments }) => attachments.length > 0],
    ['several attachments', ({ attachments }) => attachments.length > 1],
    ['an application', ({ apps }) => apps.homeAssistant !== undefined],
    ['a pinned MAC address', ({ apps }) => apps.homeAssistant?.mac !== undefined],
    ['an own block size', ({ pods }) => pods.blockSize !== 26],
  ];
  test.each(kinds)('%s', (_, wanted) => {
    expect(countOf(wanted)).toBeGreaterThanOrEqual(10);
  });
});
