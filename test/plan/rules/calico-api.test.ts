/**
 * What Calico's API accepts and what then breaks, and what a plan can say of it: refused here, at the value.
 * Tried on real nodes (docs/facts.md#what-the-api-lets-through); what only Helm values can express stands elsewhere.
 */
import { describe, expect, test } from '@jest/globals';
import { bgpConfigurationSpec } from '../../../cdk8s/constructs/calico/bgp-configuration.ts';
import { checkPlan } from '../../../cdk8s/plan/check.ts';
import { pathText } from '../../../cdk8s/plan/finding.ts';
import { networkOf } from '../../plans/fixtures.ts';

const plan = `version: 1
cluster: test
kubernetes: {version: "1.36", distribution: kubeadm, services: 10.96.0.0/12}
networks:
  north: {subnet: 192.168.3.0/24, gateway: 192.168.3.1}
  south: {subnet: 192.168.13.0/24, gateway: 192.168.13.1}
routers:
  n: {software: frr, asn: 65001, addresses: {north: 192.168.3.1}, public: n.example.net}
  s: {software: frr, asn: 65002, addresses: {south: 192.168.13.1}}
links:
  n-s: {between: [n, s], kind: wireguard, subnet: 10.255.0.0/31, mtu: 1420}
nodes:
  n1: {roles: [control-plane, worker], interfaces: {eth0: {network: north, address: 192.168.3.11}}}
  s1: {interfaces: {eth0: {network: south, address: 192.168.13.11}}}
pods: {mode: routed, subnet: 10.64.0.0/18}
loadBalancers:
  n: {subnet: 10.65.1.0/24}
  s: {subnet: 10.65.2.0/24}
bgp: {passwordSecret: {name: bgp-password, key: password}}
`;

/** Every finding as code and path. */
function found(text: string): string[] {
  return checkPlan(text, 'plan.yaml').findings.map(({ code, path }) => `${code} at ${pathText(path)}`);
}

function changed(from: string, to: string): string {
  const text = plan.replace(from, to);
  if (text === plan) throw new Error(`the plan has no ${from}`);
  return text;
}

test('the plan as it stands has no findings', () => {
  expect(found(plan)).toEqual([]);
});

describe('native CRDs hold AS numbers as int32', () => {
  test.each(['2147483648', '4200000000', '4294967295'])('%s', (asn) => {
    expect(found(changed('asn: 65001', `asn: ${asn}`))).toEqual(['bgp/asn-range at routers.n.asn']);
  });

  test.each(['1', '64512', '2147483647'])('%s fits', (asn) => {
    expect(found(changed('asn: 65001', `asn: ${asn}`))).toEqual([]);
  });
});

describe('serviceLoadBalancerIPs', () => {
  test('with host bits: BIRD cannot start again', () => {
    expect(found(changed('10.65.1.0/24', '10.65.1.1/24'))).toEqual(['addresses/host-bits at loadBalancers.n.subnet']);
  });

  test('as a range: refused by the API at once, so its subnets are written', () => {
    const { serviceLoadBalancerIPs } = bgpConfigurationSpec(
      networkOf(changed('10.65.1.0/24', '10.65.1.10-10.65.1.21')),
    );
    expect(serviceLoadBalancerIPs?.map(({ cidr }) => cidr)).toEqual([
      '10.65.1.10/31',
      '10.65.1.12/30',
      '10.65.1.16/30',
      '10.65.1.20/31',
      '10.65.2.0/24',
    ]);
  });

  test('two that overlap: each site would announce addresses of the other', () => {
    expect(found(changed('10.65.2.0/24', '10.65.1.128/25'))).toEqual(['addresses/overlap at loadBalancers.s.subnet']);
  });
});

describe('IPReservation', () => {
  test('with a range: the IPAM plugin panics and no pod starts', () => {
    const text = changed('gateway: 192.168.3.1}', 'gateway: 192.168.3.1, reserved: {nas: 192.168.3.64-192.168.3.127}}');
    expect(found(text)).toEqual(['addresses/syntax at networks.north.reserved.nas']);
  });
});

describe('BGPPeer', () => {
  test('without an AS number: bird.cfg is frozen', () => {
    expect(found(changed('asn: 65001, ', ''))).toEqual(['bgp/no-asn at routers.n.asn']);
  });

  test.each(['router.example.net', 'n', '""'])('with the host name %s: the peer is skipped', (name) => {
    const text = changed('addresses: {north: 192.168.3.1}', `addresses: {north: ${name}}`);
    expect(found(text)).toEqual(['addresses/syntax at routers.n.addresses.north']);
  });

  test('two with one IP: one of them is ignored', () => {
    const text = changed('links:\n', '  spare: {software: frr, asn: 65001, addresses: {north: 192.168.3.1}}\nlinks:\n');
    expect(found(text)).toContain('addresses/duplicate at routers.spare.addresses.north');
  });
});

describe('IPPool', () => {
  test.each(['19', '33', '0'])('with block size %s', (size) => {
    const text = changed('10.64.0.0/18', `10.64.0.0/18, blockSize: ${size}`);
    expect(found(text)).toEqual(['pods/block-size at pods.blockSize']);
  });

  test('smaller than a block', () => {
    expect(found(changed('10.64.0.0/18', '10.64.0.0/27'))).toEqual(['pods/smaller-than-block at pods.subnet']);
    expect(found(changed('10.64.0.0/18', '10.64.0.0/23, blockSize: 22'))).toEqual([
      'pods/smaller-than-block at pods.subnet',
    ]);
  });

  test('with host bits', () => {
    expect(found(changed('10.64.0.0/18', '10.64.0.1/18'))).toEqual(['addresses/host-bits at pods.subnet']);
  });

  test.each([
    ['the load balancers', '10.65.0.0/20', 'addresses/overlap at loadBalancers.n.subnet'],
    ['the services', '10.96.0.0/18', 'addresses/overlap at pods.subnet'],
    ['a network', '192.168.3.128/25', 'addresses/overlap at pods.subnet'],
  ])('that overlaps %s', (_, subnet, expected) => {
    expect(found(changed('10.64.0.0/18', subnet))).toContain(expected);
  });
});
