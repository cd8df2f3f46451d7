import { describe, expect, test } from '@jest/globals';
import { changed, findings, found, one, plan } from './plan.ts';

test('the plan to change has no findings', () => {
  expect(found(plan)).toEqual([]);
});

describe('addresses/duplicate', () => {
  test('the gateway is the router, and may be a reserved device', () => {
    const text = changed(
      [
        'routers:\n  edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}}',
        'routers:\n  edge: {software: frr, asn: 64512, addresses: {k8s: 192.168.3.1}}',
      ],
      ['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, reserved: {fritzbox: 192.168.2.1}}'],
    );
    expect(found(text)).toEqual([]);
  });

  test('a reserved device has no address of a router, of a node, or of another device', () => {
    const reserved = (devices: string): string =>
      changed(['gateway: 192.168.3.1}', `gateway: 192.168.3.1, reserved: {${devices}}}`]);
    expect(found(reserved('nas: 192.168.3.1'))).toEqual(['addresses/duplicate at networks.k8s.reserved.nas']);
    expect(found(reserved('nas: 192.168.3.11'))).toEqual(['addresses/duplicate at nodes.a.interfaces.eth0.address']);
    expect(found(reserved('nas: 192.168.3.9, tv: 192.168.3.9'))).toEqual([
      'addresses/duplicate at networks.k8s.reserved.tv',
    ]);
  });

  test('one address in two networks is outside one of them, and not a duplicate', () => {
    const text = changed(['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, reserved: {nas: 192.168.3.11}}']);
    expect(found(text)).toEqual(['addresses/outside-network at networks.lan.reserved.nas']);
  });
});

describe('addresses/network-or-broadcast', () => {
  const host = (subnet: string, address: string): string =>
    changed(
      ['lan: {subnet: 192.168.2.0/24, gateway: 192.168.2.1}', `lan: {subnet: ${subnet}, reserved: {nas: ${address}}}`],
      [', lan: 192.168.2.1}', '}'],
    );

  test.each([
    ['192.168.0.0/16', '192.168.0.0'],
    ['10.10.0.0/16', '10.10.0.0'],
    ['10.10.0.0/16', '10.10.255.255'],
    ['10.10.0.0/30', '10.10.0.3'],
  ])('%s does not give %s to a host', (subnet, address) => {
    expect(found(host(subnet, address))).toContain('addresses/network-or-broadcast at networks.lan.reserved.nas');
  });

  test.each([
    ['10.10.0.0/16', '10.10.7.0'],
    ['10.10.0.0/16', '10.10.7.255'],
    ['10.10.0.0/31', '10.10.0.0'],
    ['10.10.0.0/31', '10.10.0.1'],
    ['10.10.0.4/32', '10.10.0.4'],
  ])('%s gives %s to a host', (subnet, address) => {
    expect(found(host(subnet, address))).toEqual([]);
  });

  test('a DHCP range counts, and the remedy says what is left', () => {
    const text = changed([
      'gateway: 192.168.2.1}',
      'gateway: 192.168.2.1, dhcp: {server: edge, range: 192.168.2.2-192.168.2.255}}',
    ]);
    expect(one(text)).toMatchObject({
      code: 'addresses/network-or-broadcast',
      problem:
        'the DHCP range of network lan has 192.168.2.255, which is the broadcast address of network lan 192.168.2.0/24',
      remedy: 'choose from 192.168.2.1 to 192.168.2.254',
    });
  });
});

describe('which ranges a home may use', () => {
  const pods = (subnet: string): string[] => found(changed(['subnet: 10.64.0.0/18', `subnet: ${subnet}`]));

  test.each(['10.128.0.0/16', '172.18.0.0/15', '172.31.0.0/16', '192.168.128.0/17', '100.64.0.0/10', '100.127.0.0/16'])(
    '%s is private',
    (subnet) => {
      expect(pods(subnet)).toEqual([]);
    },
  );

  test.each([
    '9.0.0.0/16',
    '11.0.0.0/16',
    '172.32.0.0/16',
    '192.167.0.0/16',
    '192.169.0.0/16',
    '100.128.0.0/16',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
  ])('%s is not', (subnet) => {
    expect(pods(subnet)).toEqual(['addresses/public at pods.subnet']);
  });

  test('172.16.0.0/11 is so in part', () => {
    expect(findings(changed(['subnet: 10.64.0.0/18', 'subnet: 172.0.0.0/11'])).map(({ problem }) => problem)).toContain(
      '172.0.0.0/11 of the pods is larger than the private range 172.16.0.0/12',
    );
  });

  test.each(['172.17.0.0/16', '172.16.0.0/12', '172.17.128.0/17'])('%s is where Docker has its bridge', (subnet) => {
    expect(pods(subnet)).toEqual(['addresses/docker at pods.subnet']);
  });

  test.each(['0.1.0.0/16', '127.0.0.0/16', '169.254.0.0/17', '224.0.0.0/16', '255.255.0.0/16', '240.0.0.0/8'])(
    'nobody lives in %s',
    (subnet) => {
      expect(pods(subnet)).toEqual(['addresses/special at pods.subnet']);
    },
  );

  test('a link may be link-local, and not loopback', () => {
    const link = (subnet: string): string[] =>
      found(
        changed([
          'nodes:\n',
          '  far: {software: frr, asn: 64513, addresses: {}, public: far.example.net}\nlinks: {x: {between: [edge, far], kind: ipsec, mtu: 1400, subnet: ' +
            subnet +
            '}}\nnodes:\n',
        ]),
      );
    expect(link('169.254.7.0/30')).toEqual([]);
    expect(link('127.0.7.0/30')).toEqual(['addresses/special at links.x.subnet']);
  });
});

describe('addresses/cluster-dns', () => {
  test('an address that the plan names is a service address', () => {
    const dns = (address: string): string =>
      changed(['services: 10.96.0.0/12', `services: 10.96.0.0/12, dns: ${address}`]);
    expect(found(dns('10.96.0.53'))).toEqual([]);
    for (const taken of ['10.96.0.0', '10.96.0.1', '10.111.255.255'])
      expect(one(dns(taken))).toMatchObject({
        code: 'addresses/cluster-dns',
        remedy: 'choose from 10.96.0.2 to 10.111.255.254, usually 10.96.0.10',
      });
    expect(one(dns('10.112.0.10'))).toMatchObject({
      code: 'addresses/cluster-dns',
      remedy: 'choose from 10.96.0.0 to 10.111.255.255, usually 10.96.0.10',
    });
  });

  test('a range that the API server takes has room for it', () => {
    const services = (subnet: string): string[] => found(changed(['services: 10.96.0.0/12', `services: ${subnet}`]));
    for (const refused of [
      '10.96.0.0/29',
      '10.96.0.0/29, dns: 10.96.0.2',
      '10.96.0.0/30, dns: 10.96.0.2',
      '11.0.0.0/32',
    ])
      expect(services(refused)).toContain('addresses/services-size at kubernetes.services');
    expect(services('10.96.0.0/28')).toEqual([]);
    expect(services('100.64.0.0/11')).toEqual(['addresses/services-size at kubernetes.services']);
  });
});

describe('names that nothing has', () => {
  test('a slip of the finger gets the name that was meant', () => {
    expect(
      one(
        changed(['addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}', 'addresses: {k8s: 192.168.3.1, lam: 192.168.2.1}']),
      ).remedy,
    ).toBe('did you mean lan?');
  });

  test('any other gets the names that there are', () => {
    expect(
      one(
        changed([
          'addresses: {k8s: 192.168.3.1, lan: 192.168.2.1}',
          'addresses: {k8s: 192.168.3.1, garage: 192.168.2.1}',
        ]),
      ).remedy,
    ).toBe("name one of the plan's networks: k8s, lan");
  });

  test.each(['constructor', 'valueof', '__proto__'])('%s is no network', (name) => {
    const router = changed([', lan: 192.168.2.1}', `, lan: 192.168.2.1, ${name}: 192.168.2.1}`]);
    expect(found(router)).toEqual([expect.stringMatching(/ at routers\.edge\.addresses/)]);
    const node = changed(['network: k8s, address: 192.168.3.12', `network: ${name}, address: 192.168.3.12`]);
    expect(found(node)).toEqual(expect.arrayContaining([expect.stringMatching(/ at nodes\.b\.interfaces/)]));
  });
});
