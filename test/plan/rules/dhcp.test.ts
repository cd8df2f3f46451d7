import { describe, expect, test } from '@jest/globals';
import { changed, findings, found, one } from './plan.ts';

const b = 'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12}}}';
const dhcp = (range: string, more = ''): readonly [string, string] => [
  'gateway: 192.168.3.1}',
  `gateway: 192.168.3.1, dhcp: {server: edge, range: ${range}${more}}}`,
];
const pool = (range: string, clients: number): string => changed(dhcp(range, `, clients: ${clients}`));

describe('dhcp/pool-size', () => {
  test.each([
    ['nobody asks: any range will do', '192.168.3.100-192.168.3.100', 0],
    ['one client and two to spare', '192.168.3.100-192.168.3.102', 1],
    ['ten clients and two to spare: a fifth', '192.168.3.100-192.168.3.111', 10],
    ['eleven clients and three to spare: a fifth, rounded up', '192.168.3.100-192.168.3.113', 11],
  ])('%s', (_, range, clients) => {
    expect(found(pool(range, clients))).toEqual([]);
  });

  test.each([
    ['192.168.3.100-192.168.3.101', 1, '1 too few'],
    ['192.168.3.100-192.168.3.110', 10, '1 too few'],
    ['192.168.3.100-192.168.3.112', 11, '1 too few'],
    ['192.168.3.100-192.168.3.100', 100, '119 too few'],
  ])('%s for %i clients has %s', (range, clients, missing) => {
    expect(one(pool(range, clients))).toMatchObject({
      code: 'dhcp/pool-size',
      path: ['networks', 'k8s', 'dhcp', 'range'],
    });
    expect(one(pool(range, clients)).problem).toContain(missing);
  });

  test('a reservation outside the range takes nothing of it, one inside does', () => {
    const reserved = (address: string): string[] =>
      found(
        changed(dhcp('192.168.3.100-192.168.3.111', ', clients: 10'), [
          b,
          `b: {interfaces: {eth0: {network: k8s, address: ${address}, assigned: dhcp, mac: "52:54:00:00:00:01"}}}`,
        ]),
      );
    expect(reserved('192.168.3.99')).toEqual([]);
    expect(reserved('192.168.3.105')).toEqual(['dhcp/pool-size at networks.k8s.dhcp.range']);
  });

  test('an address that two nodes have by mistake is taken once', () => {
    const reserved = 'address: 192.168.3.105, assigned: dhcp, mac: "52:54:00:00:00';
    const text = changed(
      dhcp('192.168.3.100-192.168.3.111', ', clients: 10'),
      ['address: 192.168.3.11', `${reserved}:01"`],
      ['address: 192.168.3.12', `${reserved}:02"`],
    );
    const small = findings(text).find(({ code }) => code === 'dhcp/pool-size');
    expect(small?.problem).toContain(' 1 reserved = 11;');
  });

  test('a node that asks counts at its own network', () => {
    const text = changed(
      dhcp('192.168.3.100-192.168.3.102', ', clients: 1'),
      [
        b,
        'b: {interfaces: {eth0: {network: k8s, address: 192.168.3.12, defaultRoute: preferred}, eth1: {network: lan, address: dhcp}}}',
      ],
      ['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, dhcp: {server: edge, range: 192.168.2.100-192.168.2.101}}'],
    );
    expect(one(text).problem).toBe(
      'the DHCP range of network lan, 192.168.2.100-192.168.2.101, has 2 addresses; 0 clients + 1 node by DHCP + 0 pods = 1, plus 2 spare (a fifth, at least 2) = 3: 1 too few',
    );
  });

  test('with what could not be read nothing is counted', () => {
    const workloads = (text: string): string[] =>
      found(
        changed(
          dhcp('192.168.3.100-192.168.3.104'),
          [b, b.replace('192.168.3.12}', '192.168.3.12, bridge: br0}')],
          ['eth0: {network: k8s, address: 192.168.3.11}', 'eth0: {network: k8s, address: 192.168.3.11, bridge: br0}'],
          [
            'bgp:',
            `attachments: {x: {namespace: default, network: k8s, addresses: dhcp, workloads: {w: {${text}}}}}\nbgp:`,
          ],
        ),
      ).filter((finding) => !finding.startsWith('platform/'));
    expect(workloads('replicas: 3')).toEqual(['dhcp/pool-size at networks.k8s.dhcp.range']);
    expect(workloads('replicas: 3, kind: Deploymint')).toEqual(['schema/value at attachments.x.workloads.w.kind']);
    expect(workloads('replicas: 3, surge: none')).toEqual(['schema/type at attachments.x.workloads.w.surge']);
    expect(workloads('replicas: 2, surge: 1')).toEqual([]);
    expect(workloads('replicas: 0')).toEqual([]);
  });
});

describe('dhcp/static-in-range', () => {
  test('names the gateway by what it is, and some of many', () => {
    const nodes = Array.from(
      { length: 6 },
      (_, index) => `  c${index}: {interfaces: {eth0: {network: k8s, address: 192.168.3.${index + 20}}}}\n`,
    );
    const text = changed(dhcp('192.168.3.1-192.168.3.99'), [`  ${b}\n`, nodes.join('')]);
    expect(one(text).problem).toBe(
      'the DHCP range of network k8s, 192.168.3.1-192.168.3.99, contains 192.168.3.1 of router edge, 192.168.3.11 of node a, 192.168.3.20 of node c0, 192.168.3.21 of node c1, and 4 more: the server could lease it to another device',
    );
  });

  test('a host beside the range, or in another network, is none of its business', () => {
    expect(found(changed(dhcp('192.168.3.13-192.168.3.99')))).toEqual([]);
    expect(found(changed(dhcp('192.168.3.2-192.168.3.10')))).toEqual([]);
  });

  test('an assigned that could not be read may be the reservation', () => {
    const text = changed(dhcp('192.168.3.12-192.168.3.99'), [
      b,
      b.replace('192.168.3.12}', '192.168.3.12, assigned: yes}'),
    ]);
    expect(found(text)).toEqual(['schema/value at nodes.b.interfaces.eth0.assigned']);
  });
});

describe('reservations', () => {
  const assigned = (rest: string, ...more: (readonly [string, string])[]): string[] =>
    found(changed([b, `b: {interfaces: {eth0: {network: k8s, ${rest}, assigned: dhcp}}}`], ...more));
  const server = dhcp('192.168.3.100-192.168.3.199');
  const mac = 'mac: "52:54:00:00:00:01"';

  test('need address, MAC and server, and each that is missing is said once', () => {
    expect(assigned(`address: 192.168.3.12, ${mac}`, server)).toEqual([]);
    expect(assigned(`address: dhcp, ${mac}`, server)).toEqual([
      'dhcp/reservation-address at nodes.b.interfaces.eth0.address',
    ]);
    expect(assigned('address: dhcp', server)).toEqual(['dhcp/reservation-address at nodes.b.interfaces.eth0.address']);
    expect(assigned('address: 192.168.3.12', server)).toEqual(['dhcp/reservation-mac at nodes.b.interfaces.eth0.mac']);
    expect(assigned(`address: 192.168.3.12, ${mac}`)).toEqual([
      'dhcp/reservation-server at nodes.b.interfaces.eth0.assigned',
    ]);
  });

  test('a MAC or a server that could not be read may be right', () => {
    expect(assigned('address: 192.168.3.12, mac: "52:54:00"', server)).toEqual([
      'addresses/syntax at nodes.b.interfaces.eth0.mac',
    ]);
    expect(assigned(`address: 192.168.3.12, ${mac}`, dhcp('192.168.3.100'))).toEqual([
      'addresses/syntax at networks.k8s.dhcp.range',
    ]);
  });
});
