/** The house's side of the resolved network: what routers, DHCP servers and nodes are told. */
import { describe, expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Network, Node, NodeInterface } from '../../cdk8s/plan/network/index.ts';
import { changed } from '../plans/fixtures.ts';
import { flatBgp, hybrid } from './plans.ts';

function resolved(text: string): Network {
  const { network, findings } = checkPlan(text, 'plan.yaml');
  if (!network) throw new Error(findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n'));
  return network;
}

function nodeOf(text: string, name = 'node1'): Node {
  const found = resolved(text).nodes.find((node) => node.name === name);
  if (!found) throw new Error(`there is no node ${name}`);
  return found;
}

function interfaceOf(text: string, name: string): NodeInterface {
  const found = nodeOf(text).interfaces.find((one) => one.name === name);
  if (!found) throw new Error(`there is no interface ${name}`);
  return found;
}

/** Addresses as text, so that a difference can be read. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

describe('hybrid', () => {
  test('segments have every default filled in', () => {
    expect(plain(resolved(hybrid).segments)).toEqual([
      {
        name: 'lan',
        subnet: '192.168.2.0/24',
        gateway: '192.168.2.1',
        clients: true,
        reach: 'house',
        mtu: 1500,
        gatewayMtu: 1500,
        dns: ['192.168.2.1'],
        dhcp: {
          server: 'edgerouter',
          software: 'edgeos',
          servers: [],
          range: '192.168.2.38-192.168.2.243',
          lease: '24h',
          reservations: [],
          kept: [],
          pinned: [],
          options: { router: '192.168.2.1' },
        },
        reserved: [],
      },
      {
        name: 'k8s',
        subnet: '192.168.3.0/24',
        gateway: '192.168.3.1',
        clients: false,
        reach: 'house',
        vlan: 20,
        mtu: 9000,
        gatewayMtu: 1500,
        dns: ['192.168.3.1'],
        dhcp: {
          server: 'edgerouter',
          software: 'edgeos',
          servers: [],
          range: '192.168.3.100-192.168.3.199',
          lease: '24h',
          reservations: [
            { name: 'node1', mac: '00:15:5d:02:cb:0a', address: '192.168.3.2' },
            { name: 'node2', mac: '00:15:5d:02:cb:0c', address: '192.168.3.3' },
          ],
          kept: [],
          pinned: [],
          options: { router: '192.168.3.1', mtu: 9000 },
        },
        reserved: [],
      },
    ]);
  });

  test('the router has an interface on each segment, with the MTU of its port', () => {
    expect(plain(resolved(hybrid).routers[0]?.interfaces)).toEqual([
      { network: 'lan', address: '192.168.2.1', subnet: '192.168.2.0/24', mtu: 1500 },
      { network: 'k8s', address: '192.168.3.1', subnet: '192.168.3.0/24', vlan: 20, mtu: 1500 },
    ]);
  });

  test('the LAN is on the bridge, by DHCP, and its default route comes last', () => {
    expect(plain(interfaceOf(hybrid, 'eth0'))).toEqual({
      name: 'eth0',
      network: 'lan',
      subnet: '192.168.2.0/24',
      device: 'eth0',
      bridge: { name: 'br0', mac: '00:15:5d:02:cb:09', stp: false, forwardDelay: 0, portAddresses: false },
      holder: 'br0',
      mac: '00:15:5d:02:cb:09',
      from: 'dhcp',
      mtu: 1500,
      deviceMtu: 1500,
      defaultRoute: { gateway: '192.168.2.1', metric: 1024 },
    });
  });

  test("the nodes' own network has jumbo frames, and its default route those that the gateway takes", () => {
    expect(interfaceOf(hybrid, 'eth1')).toMatchObject({ holder: 'eth1', from: 'dhcp', mtu: 9000, deviceMtu: 9000 });
    expect(plain(interfaceOf(hybrid, 'eth1').defaultRoute)).toEqual({ gateway: '192.168.3.1', metric: 90, mtu: 1500 });
    expect(nodeOf(hybrid).uplink.name).toBe('eth1');
    expect(nodeOf(hybrid).preferred?.name).toBe('eth1');
  });

  test('what pods and the uplink answer to the LAN goes back by the router; DNS is asked by the preferred network', () => {
    const rule = { network: 'lan', gateway: '192.168.3.1', device: 'eth1', table: 9179, priority: 9179 };
    expect(plain(nodeOf(hybrid).sourceRules)).toEqual([
      { from: '192.168.7.0/24', to: '192.168.2.0/24', ...rule },
      { from: '192.168.3.0/24', to: '192.168.2.0/24', ...rule },
    ]);
    expect(nodeOf(hybrid).dns.map(String)).toEqual(['192.168.3.1']);
  });

  test('the kernel passes packets on, and the firewall of the node what bridges pass', () => {
    const { sysctls, forward } = nodeOf(hybrid);
    expect(sysctls).toEqual({ 'net.ipv4.ip_forward': '1' });
    expect(forward).toEqual([
      { family: 'ipv4', match: 'bridged' },
      { family: 'ipv6', match: 'bridged' },
    ]);
    expect(nodeOf(flatBgp, 'rancher')).toMatchObject({ sysctls, forward: [] });
  });

  test('the virtual switch brings the VLAN untagged, jumbo frames, and the MAC addresses of pods', () => {
    expect(plain(nodeOf(hybrid).virtualSwitch)).toEqual({
      vlans: [{ number: 20, tagged: false, device: 'eth1', mac: '00:15:5d:02:cb:0a' }],
      largestPacket: 9000,
      otherMacs: true,
    });
    expect(nodeOf(hybrid.replaceAll('host: hyper-v', 'host: metal')).virtualSwitch).toBeUndefined();
  });

  test('k3s is told its ranges, and each node its address', () => {
    expect(resolved(hybrid).kubernetes.settings).toEqual([
      {
        'flannel-backend': 'none',
        'disable-network-policy': true,
        disable: ['servicelb'],
        'cluster-cidr': '192.168.7.0/24',
        'service-cidr': '10.43.0.0/16',
        'cluster-dns': '10.43.0.10',
        'kube-controller-manager-arg': ['allocate-node-cidrs=false'],
      },
    ]);
    expect(resolved(hybrid).nodes.map(({ settings }) => settings)).toEqual([
      [{ 'node-ip': '192.168.3.2' }],
      [{ 'node-ip': '192.168.3.3' }],
    ]);
  });

  test('pods know their mode', () => {
    expect(plain(resolved(hybrid).pods)).toEqual({
      mode: 'routed',
      subnet: '192.168.7.0/24',
      blockSize: 26,
      mtu: 1500,
      nodeSubnets: ['192.168.3.0/24'],
    });
  });
});

describe('DHCP', () => {
  const scopeOf = (text: string, network = 'lan') => resolved(text).segments.find(({ name }) => name === network)?.dhcp;

  test('comes from what stands beside the router, or from a server of which nobody knows what it is', () => {
    expect(scopeOf(changed(hybrid, 'software: edgeos', 'software: frr'))?.software).toBe('dnsmasq');
    const pihole = hybrid.replaceAll('server: edgerouter', 'server: pihole');
    expect(scopeOf(pihole)).toMatchObject({ server: 'pihole', software: undefined });
  });

  test('tells hosts no router where the network has none', () => {
    expect(scopeOf(changed(hybrid, '    gateway: 192.168.2.1\n', ''))?.options.router).toBeUndefined();
  });

  test("is to keep an address for each pod that pins a MAC address, the application's and others", () => {
    const app = changed(hybrid, 'timeZone: Europe/Berlin', 'timeZone: Europe/Berlin, mac: "02:f1:a7:00:00:01"');
    const text = changed(
      app,
      'namespaces: [smarthome]}',
      'namespaces: [smarthome], workloads: {matter: {mac: "02:f1:a7:00:00:02"}, plain: {}}}',
    );
    expect(plain(scopeOf(text)?.pinned)).toEqual([
      { mac: '02:f1:a7:00:00:01', namespace: 'smarthome', workload: 'home-assistant' },
      { mac: '02:f1:a7:00:00:02', namespace: 'default', workload: 'matter' },
    ]);
    expect(scopeOf(text, 'k8s')?.pinned).toEqual([]);
    expect(resolved(text).attachments.map(({ network }) => network)).toEqual(['lan']);
  });
});

describe('source rules', () => {
  const rulesOf = (text: string) =>
    nodeOf(text).sourceRules.map(({ from, to, gateway }) => `${String(from)} ${String(to)} ${String(gateway)}`);
  const both = ['192.168.7.0/24 192.168.2.0/24 192.168.3.1', '192.168.3.0/24 192.168.2.0/24 192.168.3.1'];

  test('do not ask who is on the other network: IoT devices and storage answer by their gateway too', () => {
    expect(rulesOf(changed(hybrid, 'clients: true\n', 'clients: false\n'))).toEqual(both);
  });

  test('where the uplink has no gateway, its router is one', () => {
    const text = changed(hybrid, '    gateway: 192.168.3.1\n', '').replaceAll(', defaultRoute: preferred', '');
    expect(rulesOf(text)).toEqual(both);
    expect(interfaceOf(text, 'eth1').defaultRoute).toBeUndefined();
  });

  const storage = (routed: string): string =>
    changed(
      changed(hybrid, 'routers:\n', `  san: {subnet: 10.9.0.0/24${routed}}\nrouters:\n`),
      'eth1: {network: k8s, mac: "00:15:5d:02:cb:0a"',
      'eth2: {network: san, address: 10.9.0.11}\n      eth1: {network: k8s, mac: "00:15:5d:02:cb:0a"',
    );

  test('are there for every interface on a routed network', () => {
    expect(rulesOf(storage(', gateway: 10.9.0.254'))).toEqual([
      ...both,
      '192.168.7.0/24 10.9.0.0/24 192.168.3.1',
      '192.168.3.0/24 10.9.0.0/24 192.168.3.1',
    ]);
    expect(rulesOf(changed(storage(''), '{lan: 192.168.2.1,', '{san: 10.9.0.1, lan: 192.168.2.1,'))).toHaveLength(4);
  });

  test('leave alone a network without a router, which pods reach by the interface on it or not at all', () => {
    expect(rulesOf(storage(''))).toEqual(both);
  });

  test('are none where a node has one interface', () => {
    expect(nodeOf(flatBgp, 'rancher').sourceRules).toEqual([]);
  });
});

describe('VLANs at a node', () => {
  const tagged = (name: string): string =>
    changed(
      hybrid,
      'eth1: {network: k8s, mac: "00:15:5d:02:cb:0a"',
      `${name}: {tagged: true, network: k8s, mac: "00:15:5d:02:cb:0a"`,
    );

  test('lie on the interface before the dot, which is raised to their MTU', () => {
    expect(interfaceOf(tagged('eth0.20'), 'eth0.20')).toMatchObject({
      device: 'eth0.20',
      tag: { parent: 'eth0', number: 20 },
      mtu: 9000,
      deviceMtu: 9000,
    });
    // Its routes keep to the smaller packets of its own network, the default route too.
    expect(interfaceOf(tagged('eth0.20'), 'eth0')).toMatchObject({
      mtu: 1500,
      deviceMtu: 9000,
      routeMtu: 1500,
      defaultRoute: { mtu: 1500 },
    });
    expect(interfaceOf(tagged('eth0.20'), 'eth0.20').routeMtu).toBeUndefined();
    expect(plain(nodeOf(tagged('eth0.20')).virtualSwitch)).toMatchObject({
      vlans: [{ number: 20, tagged: true, device: 'eth0' }],
    });
  });

  test('have a device of their own on an interface that is not called after them', () => {
    expect(interfaceOf(tagged('eth1'), 'eth1')).toMatchObject({
      device: 'eth1.20',
      holder: 'eth1.20',
      tag: { parent: 'eth1' },
    });
    expect(nodeOf(tagged('eth1')).uplink.holder).toBe('eth1.20');
    expect(interfaceOf(tagged('enx00155d02cb0a'), 'enx00155d02cb0a').device).toBe('vlan20');
  });

  test('a smaller VLAN lowers nothing', () => {
    const text = changed(tagged('eth0.20'), 'mtu: 9000', 'mtu: 1400').replace('gatewayMtu: 1500', 'gatewayMtu: 1400');
    expect(interfaceOf(text, 'eth0')).toMatchObject({ deviceMtu: 1500, routeMtu: undefined });
  });
});

test('routers have their interfaces as a list', () => {
  expect(plain(resolved(flatBgp).routers)).toMatchObject([
    {
      name: 'edgerouter',
      software: 'edgeos',
      asn: 64512,
      stateful: true,
      interfaces: [{ network: 'home', address: '192.168.2.1' }],
    },
  ]);
});
