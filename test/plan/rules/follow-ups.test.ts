/** One mistake, one finding: a value that cannot be read raises nothing else. */
import { describe, expect, test } from '@jest/globals';
import { changed, found } from './plan.ts';

describe('a value that cannot be read', () => {
  test.each([
    [
      'networks: k8s: {subnet',
      ['subnet: 192.168.3.0/24', 'subnet: 192.168.3.0/33'],
      'addresses/syntax at networks.k8s.subnet',
    ],
    ['networks', ['networks:\n', 'networks: [\n'], 'schema/yaml-syntax at networks'],
    ['routers', ['routers:\n', 'routers: [\n'], 'schema/yaml-syntax at routers'],
    [
      'routers: edge',
      ['edge: {software: frr, asn: 64512,', 'edge: {software: frr, asn: 23456,'],
      'bgp/asn-range at routers.edge.asn',
    ],
    [
      'a router address',
      ['{k8s: 192.168.3.1', '{k8s: 192.168.3.1.1'],
      'addresses/syntax at routers.edge.addresses.k8s',
    ],
    [
      'a node address',
      ['address: 192.168.3.12', 'address: 192.168.3'],
      'addresses/syntax at nodes.b.interfaces.eth0.address',
    ],
    [
      'an interface name',
      ['b: {interfaces: {eth0', 'b: {interfaces: {eth0123456789abcdef'],
      'nodes/interface-name at nodes.b.interfaces.eth0123456789abcdef',
    ],
    [
      'an interface',
      ['b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}', 'b: {interfaces: {eth0: 5}}'],
      'schema/type at nodes.b.interfaces.eth0',
    ],
    ['roles', ['roles: [control-plane]', 'roles: [controlplain]'], 'schema/value at nodes.a.roles'],
    ['pods.mode', ['mode: routed', 'mode: rooted'], 'schema/value at pods.mode'],
    ['pods.subnet', ['subnet: 10.64.0.0/18', 'subnet: 10.64.0.0'], 'addresses/syntax at pods.subnet'],
    ['pods.network', ['network: k8s, subnet', 'network: 5, subnet'], 'schema/type at pods.network'],
    [
      'pods.blockSize',
      ['subnet: 10.64.0.0/18', 'subnet: 10.64.0.0/26, blockSize: 40'],
      'pods/block-size at pods.blockSize',
    ],
    [
      'a pool',
      ['loadBalancers: {subnet: 10.65.0.0/24}', 'loadBalancers: {edge: 5, lan: {subnet: 10.65.0.0/24}}'],
      undefined,
    ],
    [
      'bgp',
      [
        'bgp: {passwordSecret: {name: bgp-password, key: password}}',
        'bgp: {passwordSecret: {name: bgp_password, key: password}}',
      ],
      'schema/value at bgp.passwordSecret.name',
    ],
    ['bgp.hold', ['key: password}}', 'key: password}, hold: 1}'], 'bgp/hold-range at bgp.hold'],
    ['nodes', ['b: {interfaces', '"b{2..1}": {interfaces'], undefined],
  ] as const)('%s', (_, change, expected) => {
    const all = found(changed(change));
    if (expected !== undefined) expect(all).toEqual([expected]);
    else expect(all).not.toContain('nodes/none at nodes');
  });
});

describe('what is missing may be what could not be read', () => {
  const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';
  const interfaces = (text: string): string[] => found(changed([b, `b: {interfaces: {${text}}}`]));

  test('the preferred default route', () => {
    const text =
      'eth0: {network: k8s, address: 192.168.3.12, defaultRoute: first}, eth1: {network: lan, address: dhcp}';
    expect(interfaces(text)).toEqual(['schema/value at nodes.b.interfaces.eth0.defaultRoute']);
  });

  test('the interface that carries pods', () => {
    expect(interfaces('eth0: {network: 5, address: 192.168.3.12}, eth1: {network: lan, address: dhcp}')).toEqual([
      'schema/type at nodes.b.interfaces.eth0.network',
    ]);
  });

  test('the only node', () => {
    const a = '  a: {roles: [control-plane], interfaces: {eth0: {network: k8s, address: 192.168.3.11}}}\n';
    expect(found(changed([a, ''], [b, b.replace('b:', '"b{2..1}":')]))).toEqual(['nodes/pattern at nodes."b{2..1}"']);
  });

  test('the network of pods: what depends on it waits until it is clear', () => {
    const interfaces =
      'eth1: {network: lan, address: dhcp}, eth0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred}';
    const text = changed([b, `b: {interfaces: {${interfaces}}}`], ['network: k8s, subnet', 'subnet']);
    expect(found(text)).toEqual(['pods/network-needed at pods.network']);
  });

  test('an address outside its network is that, and not among the pods', () => {
    const text = changed(
      ['network: k8s, subnet: 10.64.0.0/18', 'network: k8s, subnet: 192.168.3.128/25'],
      ['mode: routed', 'mode: on-lan'],
      ['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, reserved: {nas: 192.168.3.200}}'],
    );
    expect(found(text)).toEqual([
      'addresses/outside-network at networks.lan.reserved.nas',
      'pods/few-blocks at pods.subnet',
    ]);
  });
});
