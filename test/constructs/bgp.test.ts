import { describe, expect, test } from '@jest/globals';
import { bgpConfigurationSpec } from '../../cdk8s/constructs/calico/bgp-configuration.ts';
import { bgpFilterSpec } from '../../cdk8s/constructs/calico/bgp-filter.ts';
import { bgpPeerSpec } from '../../cdk8s/constructs/calico/bgp-peer.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { networkOf, planNetwork } from '../plans/fixtures.ts';

const flatBgp = planNetwork('flat-bgp');
const multiSite = planNetwork('multi-site');

const peersOf = ({ bgp }: CalicoNetwork) =>
  Object.fromEntries(bgp.sessions.map((session) => [session.name, bgpPeerSpec(session, bgp.passwordSecret)]));
const filtersOf = ({ bgp }: CalicoNetwork) =>
  Object.fromEntries(bgp.filters.map((filter) => [filter.name, bgpFilterSpec(filter)]));
const password = { secretKeyRef: { name: 'flatlan-bgp-password', key: 'password' } };

describe('flat-bgp', () => {
  test('one peer, the router, for every node', () => {
    expect(peersOf(flatBgp)).toEqual({
      edgerouter: {
        peerIP: '192.168.2.1',
        asNumber: 64512,
        nodeSelector: 'all()',
        filters: ['edgerouter'],
        maxRestartTime: '10s',
        password,
      },
    });
  });

  test('nodes take pods and nothing else, and offer only what is theirs', () => {
    expect(filtersOf(flatBgp)).toEqual({
      edgerouter: {
        importV4: [{ action: 'Accept', cidr: '192.168.4.0/24', matchOperator: 'In' }, { action: 'Reject' }],
        exportV4: [{ action: 'Reject', source: 'RemotePeers' }],
      },
    });
  });

  test('no mesh; the whole load balancer pool is announced, services are not', () => {
    expect(bgpConfigurationSpec(flatBgp)).toEqual({
      logSeverityScreen: 'Info',
      nodeToNodeMeshEnabled: false,
      asNumber: 64512,
      listenPort: 179,
      serviceLoadBalancerAggregation: 'Enabled',
      serviceLoadBalancerIPs: [{ cidr: '192.168.6.0/24' }],
      serviceClusterIPs: [],
    });
  });
});

describe('multi-site', () => {
  test('each site peers with its own router, in the AS of the site, by the names of its nodes', () => {
    const common = { maxRestartTime: '10s', password };
    expect(peersOf(multiSite)).toEqual({
      'home-a': {
        ...common,
        peerIP: '10.71.0.1',
        asNumber: 65001,
        localASNumber: 65001,
        nodeSelector: "kubernetes.io/hostname in {'a1', 'a2'}",
        filters: ['home-a'],
      },
      'home-b': {
        ...common,
        peerIP: '10.72.0.1',
        asNumber: 65002,
        localASNumber: 65002,
        nodeSelector: "kubernetes.io/hostname in {'b1'}",
        filters: ['home-b'],
      },
      vps: {
        ...common,
        peerIP: '10.73.0.1',
        asNumber: 65003,
        localASNumber: 65003,
        nodeSelector: "kubernetes.io/hostname in {'v1'}",
        filters: ['vps'],
      },
    });
  });

  test('a site offers no load balancer addresses of another', () => {
    const others: Record<string, string[]> = {
      'home-a': ['10.65.2.0/24', '10.65.3.0/24'],
      'home-b': ['10.65.1.0/24', '10.65.3.0/24'],
      vps: ['10.65.1.0/24', '10.65.2.0/24'],
    };
    expect(filtersOf(multiSite)).toEqual(
      Object.fromEntries(
        Object.entries(others).map(([site, pools]) => [
          site,
          {
            importV4: [{ action: 'Accept', cidr: '10.64.0.0/18', matchOperator: 'In' }, { action: 'Reject' }],
            exportV4: [
              { action: 'Reject', source: 'RemotePeers' },
              ...pools.map((cidr) => ({ action: 'Reject', cidr, matchOperator: 'In' })),
            ],
          },
        ]),
      ),
    );
  });

  test("the nodes' own AS is no router's; every pool and the services are announced", () => {
    const spec = bgpConfigurationSpec(multiSite);
    expect(spec).toMatchObject({ nodeToNodeMeshEnabled: false, serviceLoadBalancerAggregation: 'Enabled' });
    expect([65001, 65002, 65003]).not.toContain(spec.asNumber);
    expect(spec.serviceLoadBalancerIPs).toEqual(
      ['10.65.1.0/24', '10.65.2.0/24', '10.65.3.0/24'].map((cidr) => ({ cidr })),
    );
    expect(spec.serviceClusterIPs).toEqual([{ cidr: '10.96.0.0/12' }]);
  });
});

test('one router on two networks: a session each, in one AS', () => {
  const network = networkOf(`version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks: {north: {subnet: 192.168.3.0/24}, south: {subnet: 192.168.4.0/24}}
routers: {r: {software: frr, asn: 64512, addresses: {north: 192.168.3.1, south: 192.168.4.1}}}
nodes:
  n1: {roles: [control-plane], interfaces: {eth0: {network: north, address: 192.168.3.11}}}
  s1: {interfaces: {eth0: {network: south, address: 192.168.4.11}}}
pods: {mode: routed, subnet: 10.64.0.0/18}
`);
  expect(
    Object.values(peersOf(network)).map(({ peerIP, nodeSelector: nodes, localASNumber }) => [
      peerIP,
      nodes,
      localASNumber,
    ]),
  ).toEqual([
    ['192.168.3.1', "kubernetes.io/hostname in {'n1'}", undefined],
    ['192.168.4.1', "kubernetes.io/hostname in {'s1'}", undefined],
  ]);
});

test('without a password there is no reference to one', () => {
  const [session] = flatBgp.bgp.sessions;
  expect(session && bgpPeerSpec(session, undefined)).not.toHaveProperty('password');
});
