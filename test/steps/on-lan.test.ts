/** STEPS.md of pods inside the network of the nodes. */
import { describe, expect, test } from '@jest/globals';
import { changed, planText } from '../plans/fixtures.ts';
import { committed, section, stepsOf } from './plans.ts';

const steps = committed('same-subnet');
const plan = planText('same-subnet');

const titles = (text: string): string[] => [...text.matchAll(/^## \d+\. (.*)$/gm)].map(([, title = '']) => title);

describe('the network grows', () => {
  test('router, DHCP server, devices: before anything else', () => {
    const grows = 'Network `lan` becomes `192.168.2.0/23`';
    expect(titles(steps).slice(0, 4)).toEqual([
      `${grows}, 1 of 3: the router`,
      `${grows}, 2 of 3: the DHCP server \`edgerouter\``,
      `${grows}, 3 of 3: leases and masks`,
      'Router `edgerouter`',
    ]);
  });

  test('masks change, addresses do not: the same range, the same router', () => {
    expect(section(steps, '1 of 3')).toContain('The router gets `192.168.2.1/23`');
    const dhcp = section(steps, '2 of 3');
    expect(dhcp).toContain('`255.255.254.0` (option 1)');
    expect(dhcp).toContain('`192.168.2.38-192.168.2.243`');
    expect(section(steps, '3 of 3')).toContain('(`sonos`) get `255.255.254.0` by hand');
  });

  test.each(['1 of 3', '2 of 3', '3 of 3'])('%s has what to see and the way back', (title) => {
    expect(section(steps, title)).toMatch(/\n\*\*Verify\*\*\n\n\S[^]*\n\*\*Roll back\*\*\n\n\S/);
  });

  test('without a DHCP server of the plan there are two steps', () => {
    const none = changed(
      plan,
      '    dhcp: {server: edgerouter, range: 192.168.2.38-192.168.2.243, lease: 24h, clients: 120}\n',
      '',
    );
    const text = stepsOf(changed(none, ', assigned: dhcp', ''));
    expect(titles(text)[1]).toBe('Network `lan` becomes `192.168.2.0/23`, 2 of 2: leases and masks');
    expect(section(text, '2 of 2')).toContain('(`sonos` and `rancher`)');
  });

  test('routed pods have none of it', () => {
    expect(titles(committed('flat-bgp'))[0]).toBe('Router `edgerouter`');
  });
});

describe('who answers ARP', () => {
  test('the kernel, on the one device', () => {
    const nodes = section(steps, 'Nodes');
    expect(nodes).toContain('`net.ipv4.conf.eth0.proxy_arp=1` and `net.ipv4.neigh.eth0.proxy_delay=0` on every node');
    expect(nodes).toContain('`sysctl -n net.ipv4.conf.eth0.proxy_arp` prints `1`.');
    expect(nodes).toContain('Not `net.ipv4.conf.all.proxy_arp`');
  });

  test('calico-node from 3.33 on, and no kernel setting', () => {
    const nodes = section(stepsOf(changed(plan, 'kubernetes:', 'versions: {calico: v3.33.0}\nkubernetes:')), 'Nodes');
    expect(nodes).toContain('Leave `proxy_arp` off: calico-node itself answers ARP');
    expect(nodes).not.toContain('proxy_arp=1');
    expect(nodes).not.toContain('proxy_delay');
  });

  test('a load balancer pool on the network is answered for by calico-node only', () => {
    const pool = changed(plan, 'subnet: 192.168.6.0/24', 'subnet: 192.168.2.16/28');
    expect(section(stepsOf(pool), 'Both halves')).toContain('and no node answers');
    const later = changed(pool, 'kubernetes:', 'versions: {calico: v3.33.0}\nkubernetes:');
    expect(section(stepsOf(later), 'Both halves')).toContain('and one node answers, whether it runs pods');
  });
});

test('what is seen: two routes at the router, the MAC address of the node at a device', () => {
  const text = section(steps, 'Both halves');
  expect(text).toContain('has `192.168.2.0/23` as connected and each /26 of `192.168.3.0/24` by BGP beside it');
  expect(text).toContain('with the MAC address of its node, `00:15:5d:02:cb:00`');
});

test('what does not work is said before the first step', () => {
  const head = steps.slice(0, steps.indexOf('\n## '));
  for (const limit of ['No discovery', 'Whole blocks', 'No duplicate address detection'])
    expect(head).toContain(`**${limit}.**`);
  expect(head).toContain('as in the plan hybrid');
});
