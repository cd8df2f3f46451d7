import { describe, expect, test } from '@jest/globals';
import { changed, found, one } from './plan.ts';

const shared = [
  'k8s: {subnet: 192.168.3.0/24, gateway: 192.168.3.1}',
  'k8s: {subnet: 192.168.3.0/24, gateway: 192.168.3.1, clients: true}',
] as const;

describe('clients/same-subnet', () => {
  test.each([
    ['pfsense', ['pfSense', 'floating', 'sloppy', '10.64.0.0/18 and 10.65.0.0/24']],
    ['opnsense', ['OPNsense', 'floating', 'sloppy']],
    ['edgeos', ['set firewall name LAN_IN rule 1 action accept', 'rule 2 destination address 10.65.0.0/24']],
    [
      'vyos',
      [
        'set system conntrack ignore ipv4 rule 10 source address 192.168.3.0/24',
        'rule 11 destination address 10.65.0.0/24',
      ],
    ],
    [
      'routeros',
      ['/ip firewall raw add chain=prerouting action=notrack src-address=192.168.3.0/24 dst-address=10.64.0.0/18'],
    ],
    ['unifi', ['Internal to Internal', 'Block Invalid Traffic']],
    ['frr', ['ip saddr 192.168.3.0/24 ip daddr { 10.64.0.0/18, 10.65.0.0/24 } accept']],
    ['bird', ['ip saddr 192.168.3.0/24']],
  ])('tells %s what to do', (software, parts) => {
    const { code, remedy, problem } = one(changed(shared, ['software: frr', `software: ${software}`]));
    expect(code).toBe('clients/same-subnet');
    expect(problem).toContain('10.64.0.0/18 or 10.65.0.0/24');
    expect(remedy).toContain('move the nodes to a network of their own');
    for (const part of parts) expect(remedy).toContain(part);
  });

  test('clients on a network without nodes are well', () => {
    expect(found(changed(['gateway: 192.168.2.1}', 'gateway: 192.168.2.1, clients: true}']))).toEqual([]);
  });

  test('a router that keeps no state, or that is not there, ends nothing', () => {
    expect(found(changed(shared, ['asn: 64512', 'asn: 64512, stateful: false']))).toEqual([]);
  });

  test('the router that is the gateway counts where there are two', () => {
    const two = (stateful: boolean): string[] =>
      found(
        changed(
          shared,
          ['asn: 64512', `asn: 64512, stateful: ${String(stateful)}`],
          [
            'routers:\n',
            `routers:\n  first: {software: frr, asn: 64512, stateful: ${String(!stateful)}, addresses: {k8s: 192.168.3.2}}\n`,
          ],
        ),
      );
    expect(two(true)).toContain('clients/same-subnet at networks.k8s.clients');
    expect(two(false)).not.toContain('clients/same-subnet at networks.k8s.clients');
  });

  test('on-lan pods are reached directly, load balancers are not', () => {
    const onLan = (balancers: string): string[] =>
      found(
        changed(
          shared,
          ['mode: routed', 'mode: on-lan'],
          ['subnet: 10.64.0.0/18', 'subnet: 192.168.3.128/25'],
          ['loadBalancers: {subnet: 10.65.0.0/24}\n', balancers],
        ),
      );
    expect(onLan('')).not.toContain('clients/same-subnet at networks.k8s.clients');
    expect(onLan('loadBalancers: {subnet: 10.65.0.0/24}\n')).toContain('clients/same-subnet at networks.k8s.clients');
  });
});
