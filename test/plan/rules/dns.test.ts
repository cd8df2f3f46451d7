import { describe, expect, test } from '@jest/globals';
import { changed, findings, found, one } from './plan.ts';

const dns = (list: string): string => changed(['gateway: 192.168.3.1}', `gateway: 192.168.3.1, dns: [${list}]}`]);

describe('dns/in-cluster', () => {
  test.each([
    '192.168.3.1',
    '192.168.3.53',
    '192.168.2.53',
    '9.9.9.9',
    '10.63.255.255',
    '10.64.64.0',
    '10.95.255.255',
    '10.112.0.0',
  ])('%s is outside', (address) => {
    expect(found(dns(address))).toEqual([]);
  });

  test.each(['10.64.0.0', '10.64.63.255', '10.96.0.10', '10.111.255.255', '10.65.0.53'])('%s is inside', (address) => {
    expect(found(dns(`9.9.9.9, ${address}`))).toEqual(['dns/in-cluster at networks.k8s.dns']);
  });

  test('the second of a list is found by its place', () => {
    const { place, path } = one(dns('9.9.9.9, 10.96.0.10'));
    expect([place.line, path]).toEqual([5, ['networks', 'k8s', 'dns', 1]]);
  });

  test('the remedy names the gateway, where that is no address of the cluster', () => {
    const remedy = one(dns('10.96.0.10')).remedy;
    expect(remedy).toMatch(/^name a server outside the cluster, such as 192\.168\.3\.1; /);
    const onLan = dns('192.168.3.40')
      .replace('gateway: 192.168.3.1,', 'gateway: 192.168.3.33,')
      .replace('mode: routed', 'mode: on-lan')
      .replace('10.64.0.0/18', '192.168.3.32/27, blockSize: 28');
    const finding = findings(onLan).find(({ code }) => code === 'dns/in-cluster');
    expect(finding?.remedy).toMatch(/^name a server outside the cluster; /);
  });

  test('people on a network without nodes may ask the cluster', () => {
    expect(
      found(changed(['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, clients: true, dns: [10.65.0.53]}'])),
    ).toEqual([]);
  });

  test('load balancers on a network are that, and no DNS server of the network is said to be one', () => {
    const text = dns('192.168.3.53').replace('10.65.0.0/24', '192.168.3.0/26');
    expect(found(text)).toEqual(['load-balancers/taken at loadBalancers.subnet']);
  });
});

describe('dns/unannounced', () => {
  const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';
  const withSecondInterface = (lan: string, eth1 = 'address: dhcp'): string[] =>
    found(
      changed(
        ['lan: {', `lan: {${lan}`],
        [
          b,
          `b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred}, eth1: {network: lan, ${eth1}}}}`,
        ],
      ),
    );

  test('only among clients, only by DHCP, only where the plan names no server', () => {
    expect(withSecondInterface('clients: true, ')).toEqual(['dns/unannounced at nodes.b.interfaces.eth1']);
    expect(withSecondInterface('')).toEqual([]);
    expect(withSecondInterface('clients: true, ', 'address: 192.168.2.12')).toEqual([]);
    expect(withSecondInterface('clients: true, dns: [192.168.2.1], ')).toEqual([]);
  });

  test('a fixed address that the DHCP server reserves comes by DHCP too', () => {
    const dhcp = 'clients: true, dhcp: {server: edge, range: 192.168.2.100-192.168.2.199}, ';
    const reserved = 'address: 192.168.2.12, mac: "52:54:00:00:00:01", assigned: dhcp';
    expect(withSecondInterface(dhcp, reserved)).toEqual(['dns/unannounced at nodes.b.interfaces.eth1']);
    expect(withSecondInterface(dhcp, reserved.replace(', assigned: dhcp', ''))).toEqual([]);
  });

  test('a list that could not be read may name one', () => {
    expect(withSecondInterface('clients: true, dns: [x], ')).toEqual(['addresses/syntax at networks.lan.dns']);
  });
});
