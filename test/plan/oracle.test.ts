/** The oracle of the random plans: the houses of the fixtures work by it, and each thing left out is seen. */
import { describe, expect, test } from '@jest/globals';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { Neighbor, Routing } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { arithmetic, unreachable } from '../plans/oracle/index.ts';

const flat = networkOf(planText('flat-bgp'));
const sites = networkOf(planText('multi-site'));
const ownAs = networkOf(changed(planText('multi-site'), 'bgp: {', 'bgp: {asn: 64999, '));

test.each(['flat-bgp', 'multi-site', 'hybrid'])('%s works', (name) => {
  expect([...arithmetic(planText(name)), ...unreachable(networkOf(planText(name)))]).toEqual([]);
});

test('nodes with an AS number of their own work', () => {
  expect(unreachable(ownAs)).toEqual([]);
});

const routing =
  (change: (routing: Routing) => Partial<Routing>) =>
  (network: CalicoNetwork): CalicoNetwork => ({
    ...network,
    routers: network.routers.map((one) => ({ ...one, routing: { ...one.routing, ...change(one.routing) } })),
  });
const neighbors = (change: (neighbor: Neighbor) => Partial<Neighbor>) =>
  routing((one) => ({ neighbors: one.neighbors.map((neighbor) => ({ ...neighbor, ...change(neighbor) })) }));
const sessions =
  (change: Partial<CalicoNetwork['bgp']['sessions'][number]>) =>
  (network: CalicoNetwork): CalicoNetwork => ({
    ...network,
    bgp: { ...network.bgp, sessions: network.bgp.sessions.map((one) => ({ ...one, ...change })) },
  });

describe('left out', () => {
  const cases: readonly (readonly [string, CalicoNetwork, (network: CalicoNetwork) => CalicoNetwork])[] = [
    ['reflection between nodes', sites, neighbors(() => ({ reflect: false }))],
    ['what the router accepts', flat, neighbors(() => ({ import: [] }))],
    ['what the router announces', sites, neighbors(() => ({ export: [] }))],
    ['permits', flat, routing(() => ({ permits: [] }))],
    ["a site's networks", sites, routing(() => ({ originates: [] }))],
    [
      'what goes over links',
      sites,
      neighbors(({ kind, export: announced }) => ({ export: kind === 'router' ? [] : announced })),
    ],
    [
      'an AS number that the other end expects',
      sites,
      neighbors(({ kind, asn }) => ({ asn: kind === 'router' ? asn + 1 : asn })),
    ],
    ['acceptance of their own AS number', ownAs, sessions({ acceptsOwnAsn: false })],
    ['what is said of client networks', flat, (network) => ({ ...network, clientNetworks: [] })],
    [
      'the default route of nodes',
      sites,
      (network) => ({ ...network, nodes: network.nodes.map((node) => ({ ...node, preferred: undefined })) }),
    ],
    [
      'pods from what nodes accept',
      sites,
      (network) => ({
        ...network,
        bgp: {
          ...network.bgp,
          filters: network.bgp.filters.map((one) => ({ ...one, import: [{ action: 'reject' }] })),
        },
      }),
    ],
  ];
  test.each(cases)('%s', (_, network, change) => {
    expect(unreachable(change(network))).not.toEqual([]);
  });
});
