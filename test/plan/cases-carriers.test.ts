/**
 * Plans of test/fixtures/cases whose nodes are on several networks, and what comes of them: which network carries pods, where a
 * node has no address, which way its answers take. carriers/refused/: one mistake each, its rule in the first line.
 */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { named } from '../../cdk8s/plan/must.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf } from '../plans/fixtures.ts';
import { stepsOf } from '../steps/plans.ts';

const cases = join(import.meta.dirname, '../fixtures/cases');
const valid = (name: string): string => readFileSync(join(cases, 'valid', `${name}.yaml`), 'utf8');
const accepted = (name: string): string => readFileSync(join(cases, 'carriers/accepted', `${name}.yaml`), 'utf8');

/** `from to` of each of a node's rules. */
function rulesOf(network: Network, node: string): string[] {
  return named(network.nodes, node, 'node').sourceRules.map(({ from, to }) => `${String(from)} ${String(to)}`);
}

const uplinks = ({ nodes }: Network): Record<string, string> =>
  Object.fromEntries(nodes.map(({ name, uplink }) => [name, `${uplink.name} on ${uplink.network}`]));

/** By attachment, what its entry in agent.json says of nodes. */
function agentOf(network: Network): Record<string, object> {
  const { attachments } = clusterValues(network) as {
    attachments: { agent: { attachments: Record<string, { nodes?: string[]; withoutAddress?: string[] }> } };
  };
  return Object.fromEntries(
    Object.entries(attachments.agent.attachments).map(([name, { nodes, withoutAddress }]) => [
      name,
      { nodes, withoutAddress },
    ]),
  );
}

describe('other writings', () => {
  test.each(readdirSync(join(cases, 'carriers/accepted')))('accepted: %s', (file) => {
    const { network, findings } = checkPlan(accepted(file.replace('.yaml', '')), file);
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(network).toBeDefined();
  });

  test.each(readdirSync(join(cases, 'carriers/refused')))('refused, and nothing else is said: %s', (file) => {
    const text = readFileSync(join(cases, 'carriers/refused', file), 'utf8');
    const [, code] = /^# ([a-z/-]+): /.exec(text) ?? [];
    const marked = text.split('\n').findIndex((line) => line.endsWith('# <--')) + 1;
    const { findings } = checkPlan(text, file);
    expect(findings.map((finding) => [finding.code, finding.place.line])).toEqual([[code, marked]]);
  });
});

describe('pods.networks', () => {
  const sites = networkOf(valid('14-hybrid-two-sites'));

  test('each node is behind the router of its site, by its network there', () => {
    expect(uplinks(sites)).toEqual({ a1: 'eth1 on srv-a', b1: 'eth1 on srv-b' });
    expect(sites.sites.map(({ router, network, nodes }) => [router, network, nodes])).toEqual([
      ['gw-a', 'srv-a', ['a1']],
      ['gw-b', 'srv-b', ['b1']],
    ]);
  });

  test('each has the session with that router alone, and the AS of the site', () => {
    expect(
      sites.bgp.sessions.map(({ peer, peerAsn, localAsn, nodes }) => [String(peer), peerAsn, localAsn, nodes]),
    ).toEqual([
      ['10.20.10.1', 64601, 64601, { by: 'names', names: ['a1'], beginnings: [] }],
      ['10.20.11.1', 64602, 64602, { by: 'names', names: ['b1'], beginnings: [] }],
    ]);
  });

  test('its own LAN is answered through its own router, and no node has a rule for the LAN of the other', () => {
    expect(rulesOf(sites, 'a1')).toEqual(['10.42.0.0/16 192.168.10.0/24', '10.20.10.0/24 192.168.10.0/24']);
    expect(rulesOf(sites, 'b1')).toEqual(['10.42.0.0/16 192.168.11.0/24', '10.20.11.0/24 192.168.11.0/24']);
    expect(sites.nodes.map(({ sourceRules }) => String(sourceRules[0]?.gateway))).toEqual(['10.20.10.1', '10.20.11.1']);
  });

  test('addresses of nodes are found in both networks, packets fit the tunnel, both networks are known in the house', () => {
    expect(sites.pods.nodeSubnets.map(String)).toEqual(['10.20.10.0/24', '10.20.11.0/24']);
    expect(sites.pods.mtu).toBe(1420);
    expect(sites.segments.filter(({ reach }) => reach === 'house').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['srv-a', 'srv-b']),
    );
  });

  test('the attachment is where its LAN is: a bridge of the same name at the other site leads elsewhere', () => {
    expect(agentOf(sites)).toEqual({ 'default/lan-a': { nodes: ['a1'], withoutAddress: undefined } });
  });

  test('with one network only, the remedy is the list', () => {
    const { findings } = checkPlan(
      changed(valid('14-hybrid-two-sites'), 'networks: [srv-a, srv-b]', 'network: srv-a'),
      'x',
    );
    const found = findings.find(({ code }) => code === 'pods/node-off-network');
    expect(found?.remedy).toContain('write networks: [srv-a, srv-b] in place of network');
  });

  test('a home and a rented server', () => {
    const network = networkOf(accepted('home-and-rented-server'));
    expect(uplinks(network)).toEqual({ n1: 'eth1 on servers', r1: 'ens3 on rented' });
    expect(network.pods.mtu).toBe(1420);
    expect(rulesOf(network, 'n1')).toEqual([]);
    expect(agentOf(network)).toEqual({ 'smarthome/lan': { nodes: ['n1'], withoutAddress: ['n1'] } });
  });

  test('a list of one is the name of one', () => {
    const text = accepted('list-of-one');
    expect(networkOf(text)).toEqual(networkOf(changed(text, 'networks: [home]', 'network: home')));
  });
});

describe('without a word', () => {
  test('a network without a router carries no pods, so the other one does', () => {
    const racks = networkOf(valid('28-two-racks-with-storage'));
    expect(uplinks(racks)).toEqual({ a1: 'eth0 on rack-a', b1: 'eth0 on rack-b' });
    expect(racks.bgp.sessions.map(({ peer }) => String(peer))).toEqual(['172.16.1.1', '172.16.2.1']);
    // The storage network has no router: nobody asks through one from there.
    expect(racks.nodes.flatMap(({ sourceRules }) => sourceRules)).toEqual([]);
    const sites = networkOf(accepted('storage-of-each-site'));
    expect(uplinks(sites)).toEqual({ a1: 'eth1 on srv-a', b1: 'eth1 on srv-b' });
  });

  test('the same as with the list', () => {
    const text = valid('28-two-racks-with-storage');
    const listed = changed(text, 'mode: routed, subnet', 'mode: routed, networks: [rack-a, rack-b], subnet');
    expect(networkOf(text)).toEqual(networkOf(listed));
  });
});

describe('address: none', () => {
  const network = networkOf(valid('18-no-node-address'));
  const [node] = network.nodes;
  const bridge = node?.interfaces.find(({ network: name }) => name === 'iot');

  test('the bridge is there, without address, default route, rule or reservation', () => {
    expect(bridge).toMatchObject({ holder: 'br70', from: 'none', address: undefined, defaultRoute: undefined });
    expect(bridge?.bridge?.name).toBe('br70');
    expect(node?.sourceRules).toEqual([]);
    expect(named(network.segments, 'iot', 'network').dhcp?.reservations).toEqual([]);
  });

  test('no router gives the node an address by IPv6 there; frames of pods pass', () => {
    expect(node?.sysctls).toEqual({ 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.br70.disable_ipv6': '1' });
    expect(node?.forward.map(({ family }) => family)).toEqual(['ipv4', 'ipv6']);
  });

  test('the agent does not miss the address', () => {
    expect(agentOf(network)).toEqual({ 'default/iot': { nodes: undefined, withoutAddress: ['n1'] } });
    expect(agentOf(networkOf(accepted('one-node-of-two-without-address')))).toEqual({
      'default/lan': { nodes: undefined, withoutAddress: ['other'] },
    });
  });

  test.each([
    ['networkd', '`LinkLocalAddressing=no`, `IPv6AcceptRA=no`'],
    ['netplan', '`dhcp4: false`, `dhcp6: false`, `accept-ra: false`, `link-local: []`'],
    ['ifupdown', '`iface <bridge> inet manual`'],
    ['networkmanager', '`ipv4.method disabled`, `ipv6.method disabled`'],
    ['talos', '`dhcp: false`, and no `addresses`'],
  ])('STEPS say how with %s, and look at it', (system, words) => {
    const plan = changed(valid('18-no-node-address'), 'n1: {', `n1: {os: ${system}, `);
    const steps = stepsOf(system === 'talos' ? changed(plan, 'k3s, services: 10.43', 'talos, services: 10.96') : plan);
    expect(steps).toContain('| `n1` | `br70`, a bridge over `eth0.70` on `eth0` | `iot`, VLAN 70 tagged | none |');
    expect(steps).toContain(words);
    expect(steps).toContain('`ip -brief address show br70` prints `UP` and no address.');
    expect(steps).toContain('`sysctl -n net.ipv6.conf.br70.disable_ipv6` prints `1`.');
  });

  test('a kernel setting of a bridge with a dot in its name is written with slashes', () => {
    const [only] = networkOf(accepted('trunk-of-a-bond')).nodes;
    expect(Object.keys(only?.sysctls ?? {})).toEqual([
      'net.ipv4.ip_forward',
      'net/ipv6/conf/br.iot/disable_ipv6',
      'net.ipv6.conf.br80.disable_ipv6',
    ]);
  });

  test('on one node of two, the other has address, rule and check as ever', () => {
    const text = accepted('one-node-of-two-without-address');
    expect(rulesOf(networkOf(text), 'files')).toEqual([
      '10.42.0.0/20 192.168.10.0/24',
      '10.20.30.0/24 192.168.10.0/24',
    ]);
    expect(rulesOf(networkOf(text), 'other')).toEqual([]);
    const steps = stepsOf(text);
    expect(steps).toContain('`ip -4 -brief address show br0` (`files`) prints `UP` and `192.168.10.5` at `files`.');
    expect(steps).toContain('`ip -brief address show br0` (`other`) prints `UP` and no address.');
    expect(steps).toContain('`sysctl -n net.ipv6.conf.br0.disable_ipv6` (`other`) prints `1`.');
    expect(steps).toContain('`net.ipv6.conf.br0.disable_ipv6=1` on `other`');
  });

  test('a bridge without any address says that none is one', () => {
    const text = changed(valid('30-bridge-leg-without-address'), ', address: none', '');
    const { findings } = checkPlan(text, 'x');
    expect(findings.map(({ code, remedy }) => `${code}: ${remedy}`)).toEqual([
      'schema/missing: add it, such as address: 192.168.2.225; or address: none, if the node has none there and the bridge is for pods only',
    ]);
  });
});

describe('defaultRoute: none', () => {
  test('a gateway for others only gives the node no default route, and the answers leave by the uplink all the same', () => {
    const network = networkOf(accepted('lan-leg-without-default-route'));
    for (const { interfaces, preferred } of network.nodes) {
      expect(interfaces.map(({ defaultRoute }) => defaultRoute && String(defaultRoute.gateway))).toEqual([
        undefined,
        '10.20.30.1',
      ]);
      expect(preferred?.network).toBe('k8s');
    }
    expect(rulesOf(network, 'n1')).toEqual(['10.42.0.0/20 192.168.178.0/24', '10.20.30.0/24 192.168.178.0/24']);
    const steps = stepsOf(accepted('lan-leg-without-default-route'));
    expect(steps).toContain('No default route by `br0`, although DHCP names a router there');
    expect(steps).toContain('NetworkManager: `ipv4.never-default yes`');
  });

  test('three racks of Talos', () => {
    const network = networkOf(accepted('three-racks-of-talos'));
    expect(network.nodes.map(({ preferred }) => preferred?.network)).toEqual(
      ['rack-1', 'rack-2', 'rack-3'].flatMap((rack) => [rack, rack, rack]),
    );
    // That router has a leg there: what is asked through it is answered through it.
    expect(rulesOf(network, 'c31')).toEqual(['10.64.0.0/16 10.1.9.0/24', '10.1.3.0/24 10.1.9.0/24']);
  });
});

describe('cases that were handled wrongly', () => {
  test('02: on Talos the node plane finds the namespaces of pods', () => {
    const network = networkOf(valid('02-talos-netns'));
    expect(network.kubernetes.netnsDir).toBe('/var/run/netns');
    expect(clusterValues(network).attachments).toMatchObject({ hostNetnsDir: '/var/run/netns' });
  });

  test("06: the node's uplink address is answered the way it was asked, too", () => {
    expect(rulesOf(networkOf(valid('06-two-legs-node-address')), 'n1')).toEqual([
      '10.42.0.0/20 192.168.10.0/24',
      '10.20.30.0/24 192.168.10.0/24',
    ]);
  });

  test('07: a rule for every interface but the uplink, and no permit for a network that has no clients', () => {
    const network = networkOf(valid('07-iot-not-clients'));
    expect(rulesOf(network, 'n1')).toEqual([
      '10.42.0.0/20 192.168.10.0/24',
      '10.20.30.0/24 192.168.10.0/24',
      '10.42.0.0/20 192.168.70.0/24',
      '10.20.30.0/24 192.168.70.0/24',
    ]);
    const permits = network.routers.flatMap(({ routing }) => routing.permits);
    expect(permits.filter(({ why }) => why === 'clients').map(({ from }) => from.map(String))).toEqual([
      ['192.168.10.0/24'],
    ]);
    expect(permits.flatMap(({ from }) => from.map(String))).not.toContain('192.168.70.0/24');
  });

  test.each([
    ['networkmanager', '`unmanaged-devices=interface-name:cali*;interface-name:veth*`'],
    ['networkd', '`ManageForeignRoutes=no` and `ManageForeignRoutingPolicyRules=no`'],
    ['netplan', '`ManageForeignRoutes=no` and `ManageForeignRoutingPolicyRules=no`'],
  ])('16: %s is told to leave alone what is not its own', (system, words) => {
    const steps = stepsOf(changed(valid('16-networkmanager'), 'os: networkmanager', `os: ${system}`));
    expect(steps).toContain(`On \`pi1\`: write `);
    expect(steps).toContain(words);
  });

  test('16: ifupdown touches nothing that it does not know', () => {
    const steps = stepsOf(changed(valid('16-networkmanager'), 'os: networkmanager', 'os: ifupdown'));
    expect(steps).not.toMatch(/unmanaged|ManageForeign/);
  });
});
