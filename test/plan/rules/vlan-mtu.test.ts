import { describe, expect, test } from '@jest/globals';
import { changed, found, one } from './plan.ts';

const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';
const withInterfaces = (text: string, lan = 'vlan: 1, ', k8s = 'vlan: 20, '): string =>
  changed(
    ['lan: {subnet', `lan: {${lan}subnet`],
    ['  k8s: {subnet', `  k8s: {${k8s}subnet`],
    [b, `b: {interfaces: {${text}}}`],
  );
const k8s = 'network: k8s, address: 192.168.3.12, defaultRoute: preferred';
const lan = 'network: lan, address: dhcp';

describe('VLANs of a node', () => {
  test.each([
    ['two cables, untagged', `eth0: {${lan}}, eth1: {${k8s}}`],
    ['one tagged on the cable of the other', `eth0: {${lan}}, eth0.20: {${k8s}, tagged: true}`],
    ['both tagged on one cable', `eth0.1: {${lan}, tagged: true}, eth0.20: {${k8s}, tagged: true}`],
    ['tagged on a bond', `bond0.1: {${lan}, tagged: true}, bond0.20: {${k8s}, tagged: true}`],
    ['tagged, the cable itself without a network', `enp1s0: {${k8s}, tagged: true}`],
    ['a name with a dot and no number', `lan.main: {${lan}}, eth1: {${k8s}}`],
    ['a name with a number that is none of a VLAN', `eth0.05: {${lan}, tagged: true}, eth1: {${k8s}}`],
  ])('%s', (_, text) => {
    expect(found(withInterfaces(text))).toEqual([]);
  });

  test('the same network twice on one cable', () => {
    expect(
      found(withInterfaces(`eth0.20: {${k8s}, tagged: true}, eth0: {network: k8s, address: 192.168.3.13}`)),
    ).toContain('vlan/twice-on-trunk at nodes.b.interfaces.eth0.network');
  });

  test('a number that could not be read may be the right one', () => {
    expect(found(withInterfaces(`eth0.20: {${k8s}, tagged: true}`, '', 'vlan: 4095, '))).toEqual([
      'vlan/id-range at networks.k8s.vlan',
    ]);
    expect(found(withInterfaces(`eth0.20: {${k8s}, tagged: yes}`))).toEqual([
      'schema/type at nodes.b.interfaces."eth0.20".tagged',
    ]);
  });

  test('the remedy for a network without a number takes the one of the name', () => {
    expect(one(withInterfaces(`eth0.30: {${k8s}, tagged: true}`, '', '')).remedy).toBe(
      'add vlan: 30 to network k8s, or remove tagged',
    );
    expect(one(withInterfaces(`eth0: {${k8s}, tagged: true}`, '', '')).remedy).toBe(
      'add vlan: its VLAN ID to network k8s, or remove tagged',
    );
  });
});

describe('vlan/same-number', () => {
  const numbered = (router: string): string[] =>
    found(
      changed(
        ['lan: {subnet', 'lan: {vlan: 20, subnet'],
        ['  k8s: {subnet', '  k8s: {vlan: 20, subnet'],
        ['addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}', router],
      ),
    );

  test('at two routers are two sites', () => {
    expect(
      numbered('addresses: {k8s: 192.168.3.1}}\n  far: {software: frr, asn: 64513, addresses: {lan: 192.168.2.1}}'),
    ).toEqual([]);
  });

  test('at one router is said once, also where a spare router has both', () => {
    const both = 'addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}';
    const spare = '\n  spare: {software: frr, asn: 64512, addresses: {lan: 192.168.2.2, k8s: 192.168.3.2}}';
    expect(numbered(both)).toEqual(['vlan/same-number at networks.lan.vlan']);
    expect(numbered(both + spare).filter((finding) => finding.startsWith('vlan/'))).toEqual([
      'vlan/same-number at networks.lan.vlan',
    ]);
  });
});

describe('MTUs', () => {
  const mtus = (network: string, pods: string): string[] =>
    found(changed(['k8s: {subnet', `k8s: {${network}subnet`], ['subnet: 10.64.0.0/18', `subnet: 10.64.0.0/18${pods}`]));

  test.each([
    ['left out', '', ''],
    ['as the network', '', ', mtu: 1500'],
    ['smaller', '', ', mtu: 1280'],
    ['as the gateway', 'mtu: 9000, gatewayMtu: 1500, ', ', mtu: 1500'],
    ['jumbo everywhere', 'mtu: 9000, ', ', mtu: 9000'],
  ])('of pods: %s', (_, network, pods) => {
    expect(mtus(network, pods)).toEqual([]);
  });

  test('too large is said once: for the network, or for what lies behind it', () => {
    expect(mtus('mtu: 1500, gatewayMtu: 1400, ', ', mtu: 1501')).toEqual(['mtu/pods-network at pods.mtu']);
    expect(mtus('mtu: 1500, gatewayMtu: 1400, ', ', mtu: 1500')).toEqual(['mtu/pods-path at pods.mtu']);
  });

  test('the network of clients carries no pods', () => {
    const text = changed(
      ['lan: {subnet', 'lan: {mtu: 1280, subnet'],
      ['subnet: 10.64.0.0/18', 'subnet: 10.64.0.0/18, mtu: 1500'],
    );
    expect(found(text)).toEqual([]);
  });

  test("a gateway's may be that of its network", () => {
    expect(mtus('mtu: 9000, gatewayMtu: 9000, ', '')).toEqual([]);
    expect(mtus('gatewayMtu: 1501, ', '')).toEqual(['mtu/gateway at networks.k8s.gatewayMtu']);
  });
});
