/** The routers' half of the resolved network: what each says to its neighbors, lets pass and drops. */
import { describe, expect, test } from '@jest/globals';
import type { Neighbor, Network, Prefixes, Router } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';

const multiSite = planText('multi-site');
const hybrid = planText('hybrid');
/** The second home's LAN stays there. */
const quiet = changed(multiSite, '192.168.12.1, clients: true}', '192.168.12.1, clients: true, reach: site}');
/** Two homes that see each other only over the rented server. */
const star = multiSite.replace(/ {2}a-b: .*\n/, '');

function routerOf(text: string, name: string): Router {
  return routerIn(networkOf(text), name);
}

function routerIn({ routers }: Network, name: string): Router {
  const found = routers.find((router) => router.name === name);
  if (!found) throw new Error(`there is no router ${name}`);
  return found;
}

function neighborOf(text: string, router: string, name: string): Neighbor {
  const found = routerOf(text, router).routing.neighbors.find((one) => one.name === name);
  if (!found) throw new Error(`${router} has no neighbor ${name}`);
  return found;
}

const texts = (all: readonly unknown[]): string[] => all.map(String);
const routes = (all: readonly Prefixes[]): string[] =>
  all.map(({ of, subnet, shortest, longest }) => `${of} ${String(subnet)} ${shortest}-${longest}`);
const permits = (router: Router): string[] =>
  router.routing.permits.map(
    ({ why, from, to, ports }) =>
      `${why}: ${from.join(' ')} > ${to.join(' ')}${ports.map(({ protocol, number }) => ` ${protocol}${number ?? ''}`).join('')}`,
  );

describe('one site', () => {
  test('nodes give pods and load balancers, and get the pods of each other', () => {
    const { neighbors, originates, paths } = routerOf(hybrid, 'edgerouter').routing;
    expect(neighbors.map(({ kind, name, over, address }) => [kind, name, over, String(address)])).toEqual([
      ['node', 'node1', 'k8s', '192.168.3.2'],
      ['node', 'node2', 'k8s', '192.168.3.3'],
    ]);
    const { import: taken, export: given, reflect, nextHopSelf } = neighborOf(hybrid, 'edgerouter', 'node1');
    expect(routes(taken)).toEqual(['pods 192.168.7.0/24 26-32', 'load balancers 192.168.6.0/24 24-32']);
    expect(routes(given)).toEqual(['pods 192.168.7.0/24 26-32']);
    expect([reflect, nextHopSelf, paths, originates.length]).toEqual([true, false, 1, 0]);
    expect(neighborOf(planText('flat-bgp'), 'edgerouter', 'rancher').export).toEqual([]);
  });

  test('sessions have the timers and the password of the plan, and wait for nobody after a restart', () => {
    const name = { name: 'flatlan-bgp-password', key: 'password' };
    expect(neighborOf(hybrid, 'edgerouter', 'node1')).toMatchObject({
      ...{ hold: 9, keepalive: 3, password: name, gracefulRestart: false },
    });
    const slow = changed(hybrid, 'bgp: {', 'bgp: {hold: 30, keepalive: 10, ');
    expect(neighborOf(slow, 'edgerouter', 'node1')).toMatchObject({ hold: 30, keepalive: 10 });
    const open = hybrid.replace(/\nbgp: .*\n/, '\n');
    expect(neighborOf(open, 'edgerouter', 'node1').password).toBeUndefined();
  });

  test('client devices reach pods and load balancers; a network of things reaches nothing', () => {
    expect(permits(routerOf(hybrid, 'edgerouter'))).toEqual([
      'bgp: 192.168.3.2 192.168.3.3 > 192.168.3.1 tcp179',
      'dns: 192.168.7.0/24 > 192.168.3.1 udp53 tcp53',
      'clients: 192.168.2.0/24 > 192.168.7.0/24 192.168.6.0/24',
      'nodes: 192.168.3.0/24 > 192.168.7.0/24 192.168.6.0/24',
      'pods: 192.168.7.0/24 > ',
    ]);
    const iot = permits(routerOf(changed(hybrid, 'clients: true\n', 'clients: false\n'), 'edgerouter')).join('\n');
    expect(iot).not.toContain('192.168.2.0/24');
  });

  test('packets to pods that are not there end at the router; translation is for the internet', () => {
    const { discards, translation } = routerOf(hybrid, 'edgerouter').routing;
    expect(texts(discards)).toEqual(['192.168.7.0/24', '192.168.6.0/24']);
    expect(texts(translation.from)).toEqual(['192.168.7.0/24', '192.168.6.0/24']);
    expect(texts(translation.notTo)).toEqual(['192.168.2.0/24', '192.168.3.0/24', '192.168.7.0/24', '192.168.6.0/24']);
  });

  test('a node whose address only DHCP knows may come from anywhere in its network', () => {
    const text = hybrid.replaceAll(/address: 192\.168\.3\.\d, assigned: dhcp/g, 'address: dhcp');
    expect(permits(routerOf(text, 'edgerouter'))[0]).toBe('bgp: 192.168.3.0/24 > 192.168.3.1 tcp179');
  });

  test('clients among nodes are half seen, with announced services too', () => {
    const text = changed(
      planText('flat-bgp'),
      'services: 10.96.0.0/12',
      'services: 10.96.0.0/12, advertiseServices: true',
    );
    expect(routerOf(text, 'edgerouter').routing.asymmetric.map(({ from, to }) => [String(from), texts(to)])).toEqual([
      ['192.168.2.0/24', ['192.168.4.0/24', '192.168.6.0/24', '10.96.0.0/12']],
    ]);
  });

  test('a firewall without states has nothing to pass; redirects would pin clients to one node all the same', () => {
    const { asymmetric, withoutRedirects } = routerOf(
      changed(planText('flat-bgp'), 'stateful: true', 'stateful: false'),
      'edgerouter',
    ).routing;
    expect([asymmetric, withoutRedirects]).toEqual([[], ['home']]);
    expect(routerOf(hybrid, 'edgerouter').routing.withoutRedirects).toEqual([]);
  });
});

describe('several sites', () => {
  const passed = neighborOf(multiSite, 'home-a', 'vps');

  test('what came from other sites is passed on, whatever it is; a router hears of nothing that it has itself', () => {
    expect(routes(passed.export)).toEqual([
      'pods 10.64.0.0/18 26-32',
      'load balancers 10.65.1.0/24 24-32',
      'load balancers 10.65.2.0/24 24-32',
      'services 10.96.0.0/12 12-32',
      'nodes 10.71.0.0/24 24-24',
      'clients 192.168.11.0/24 24-24',
      'nodes 10.72.0.0/24 24-24',
      'clients 192.168.12.0/24 24-24',
    ]);
    expect(routes(passed.import)).toEqual([
      'pods 10.64.0.0/18 26-32',
      'load balancers 10.65.2.0/24 24-32',
      'load balancers 10.65.3.0/24 24-32',
      'services 10.96.0.0/12 12-32',
      'nodes 10.73.0.0/24 24-24',
      'nodes 10.72.0.0/24 24-24',
      'clients 192.168.12.0/24 24-24',
    ]);
  });

  test('routers speak over the tunnel, each with its own AS number', () => {
    expect([passed.kind, passed.over, String(passed.local), String(passed.address), passed.asn]).toEqual([
      ...['router', 'a-vps', '10.255.0.1', '10.255.0.2', 65003],
    ]);
    expect(texts(routerOf(multiSite, 'home-a').routing.originates)).toEqual(['10.71.0.0/24', '192.168.11.0/24']);
    expect(neighborOf(multiSite, 'home-b', 'b1')).toMatchObject({ reflect: true, nextHopSelf: true });
  });

  test('a tunnel is called by whoever knows where the other end is, and lets pass what is learned over it', () => {
    const tunnelsAt = (name: string) =>
      routerOf(changed(multiSite, ', public: b.example.net', ''), name).routing.tunnels.map(
        ({ link, peer, remote, local, far }) =>
          [link, peer, remote, remote !== undefined, String(local), String(far)] as const,
      );
    expect(tunnelsAt('home-a')).toEqual([
      ['a-vps', 'vps', '198.51.100.10', true, '10.255.0.1', '10.255.0.2'],
      ['a-b', 'home-b', undefined, false, '10.255.0.9', '10.255.0.10'],
    ]);
    expect(tunnelsAt('home-b').map(([link, , , initiates]) => [link, initiates])).toEqual([
      ['b-vps', true],
      ['a-b', true],
    ]);
    const [first] = routerOf(multiSite, 'home-b').routing.tunnels;
    expect(first).toMatchObject({ kind: 'ipsec', mtu: 1400, keySecret: 'b-vps' });
    expect(texts(first?.allowed ?? [])).toEqual([
      ...['10.255.0.4/30', '10.64.0.0/18', '10.65.1.0/24', '10.65.3.0/24', '10.96.0.0/12'],
      ...['10.73.0.0/24', '10.71.0.0/24', '192.168.11.0/24'],
    ]);
    expect(passed.password).toBeUndefined();
  });

  test('client devices reach the pods of every site that knows their network', () => {
    const at = (text: string) =>
      networkOf(text).clientNetworks.map(({ name, routers, everyPod, pools }) => [name, routers, everyPod, pools]);
    const all = ['home-a', 'home-b', 'vps'];
    expect(at(multiSite)).toEqual([
      ['home-a-lan', all, true, all],
      ['home-b-lan', all, true, all],
    ]);
    expect(at(quiet)[1]).toEqual(['home-b-lan', ['home-b'], false, ['home-b']]);
    expect(at(hybrid)).toEqual([['lan', ['edgerouter'], true, ['load-balancers']]]);
  });

  test('a hub passes on what one spoke said to the other', () => {
    expect(routes(neighborOf(star, 'vps', 'home-b').export)).toContain('clients 192.168.11.0/24 24-24');
    expect(routes(neighborOf(star, 'home-b', 'vps').import)).toContain('nodes 10.71.0.0/24 24-24');
  });

  test('client devices of other sites get to pods, load balancers and services and to nothing else', () => {
    const all = permits(routerOf(multiSite, 'home-a'));
    const cluster = '10.64.0.0/18 10.65.1.0/24 10.65.2.0/24 10.65.3.0/24 10.96.0.0/12';
    expect(all).toContain(`clients elsewhere: 192.168.12.0/24 > ${cluster}`);
    expect(all).toContain(`clients: 192.168.11.0/24 > ${cluster}`);
    expect(all).toContain(
      `nodes: 10.71.0.0/24 10.72.0.0/24 10.73.0.0/24 > ${cluster} 10.71.0.0/24 10.72.0.0/24 10.73.0.0/24`,
    );
  });

  test('tunnels and the sessions in them get through the firewall', () => {
    const all = permits(routerOf(multiSite, 'home-a'));
    expect(all).toContain('tunnel: 198.51.100.10 >  udp500 udp4500 esp');
    expect(all).toContain('tunnel:  >  udp500 udp4500 esp');
    expect(all).toContain('bgp: 10.255.0.10 > 10.255.0.9 tcp179');
    const wireguard = permits(routerOf(multiSite.replaceAll('kind: ipsec', 'kind: wireguard'), 'home-b'));
    expect(wireguard).toContain('tunnel: 198.51.100.10 >  udp51821');
    expect(wireguard).toContain('tunnel:  >  udp51822');
  });

  test('what belongs to the cluster or to another site never leaves by the WAN', () => {
    expect(texts(routerOf(multiSite, 'vps').routing.discards)).toEqual([
      ...['10.64.0.0/18', '10.65.1.0/24', '10.65.2.0/24', '10.65.3.0/24', '10.96.0.0/12'],
      ...['10.71.0.0/24', '192.168.11.0/24', '10.72.0.0/24', '192.168.12.0/24'],
    ]);
  });

  test('a network with reach: site is announced nowhere, and reaches the pool of its own site', () => {
    const network = networkOf(quiet);
    for (const { routing } of network.routers) {
      expect(texts(routing.originates)).not.toContain('192.168.12.0/24');
      const said = routing.neighbors.flatMap((one) => [...one.import, ...one.export]);
      expect(said.map(({ subnet }) => String(subnet))).not.toContain('192.168.12.0/24');
    }
    expect(permits(routerIn(network, 'home-a')).join('\n')).not.toContain('192.168.12.0/24');
    expect(permits(routerIn(network, 'home-b')).join('\n')).toContain('clients: 192.168.12.0/24');
    expect(network.loadBalancers.map(({ name, clients, autoAssign }) => [name, clients, autoAssign])).toEqual([
      ['home-a', ['home-a-lan'], false],
      ['home-b', ['home-a-lan', 'home-b-lan'], true],
      ['vps', ['home-a-lan'], false],
    ]);
  });

  test('of two routers on a network, its devices ask the gateway: they reach no pool of the other one', () => {
    const two = networkOf(`
version: 1
cluster: two-routers
kubernetes: {version: "1.36", distribution: k3s, services: 10.43.0.0/16}
networks:
  home: {subnet: 192.168.10.0/24, gateway: 192.168.10.1, clients: true}
routers:
  one: {software: frr, asn: 64600, addresses: {home: 192.168.10.1}}
  two: {software: frr, asn: 64600, addresses: {home: 192.168.10.2}}
nodes:
  n1: {roles: [control-plane, worker], interfaces: {eth0: {network: home, address: 192.168.10.11}}}
pods: {mode: routed, subnet: 10.42.0.0/20}
loadBalancers: {one: {subnet: 10.44.0.0/24}, two: {subnet: 10.44.1.0/24}}
`);
    expect(two.loadBalancers.map(({ name, clients, autoAssign }) => [name, clients, autoAssign])).toEqual([
      ['one', ['home'], true],
      ['two', [], false],
    ]);
  });

  test('a network of things is announced where the plan says so, and still reaches nothing', () => {
    const text = changed(multiSite, '192.168.11.1, clients: true}', '192.168.11.1, reach: house}');
    expect(texts(routerOf(text, 'home-a').routing.originates)).toEqual(['10.71.0.0/24', '192.168.11.0/24']);
    expect(permits(routerOf(text, 'home-b')).join('\n')).not.toContain('192.168.11.0/24');
    const silent = changed(multiSite, '192.168.11.1, clients: true}', '192.168.11.1}');
    expect(texts(routerOf(silent, 'home-a').routing.originates)).toEqual(['10.71.0.0/24']);
  });

  test('a network behind a router without a link is promised to nobody else', () => {
    const alone = networkOf(
      changed(
        changed(
          multiSite,
          'links:\n',
          '  barn: {software: frr, asn: 65004, addresses: {barn-lan: 192.168.14.1}}\nlinks:\n',
        ),
        'routers:\n',
        '  barn-lan: {subnet: 192.168.14.0/24, gateway: 192.168.14.1, clients: true}\nrouters:\n',
      ),
    );
    expect(texts(routerIn(alone, 'barn').routing.originates)).toEqual([]);
    expect(alone.loadBalancers.flatMap(({ clients }) => clients)).not.toContain('barn-lan');
    expect(permits(routerIn(alone, 'home-a')).join('\n')).not.toContain('192.168.14.0/24');
  });

  test('a home without nodes, behind a hub, is a site of clients', () => {
    const text = changed(
      changed(
        star,
        'links:\n',
        '  cabin: {software: frr, asn: 65004, addresses: {cabin-lan: 192.168.14.1}}\nlinks:\n  c-vps: {between: [cabin, vps], kind: wireguard, subnet: 10.255.0.12/31, mtu: 1420}\n',
      ),
      'routers:\n',
      '  cabin-lan: {subnet: 192.168.14.0/24, gateway: 192.168.14.1, clients: true}\nrouters:\n',
    );
    expect(texts(routerOf(text, 'cabin').routing.originates)).toEqual(['192.168.14.0/24']);
    expect(permits(routerOf(text, 'home-a')).join('\n')).toMatch(/clients elsewhere: .*192\.168\.14\.0\/24/);
    expect(String(neighborOf(text, 'cabin', 'vps').address)).toBe('10.255.0.13');
  });
});

describe.each(randomPlans(60, 11).map(({ network }, index) => [index, network] as const))(
  'random plan %i',
  (_, network) => {
    const speaking = network.routers.filter(({ routing }) => routing.neighbors.length > 0);

    test('what one end of a link announces is what the other takes', () => {
      for (const router of speaking)
        for (const there of router.routing.neighbors.filter(({ kind }) => kind === 'router')) {
          const back = routerIn(network, there.name).routing.neighbors.find(({ over }) => over === there.over);
          expect(routes(there.export).toSorted()).toEqual(routes(back?.import ?? []).toSorted());
          expect([String(back?.local), back?.asn]).toEqual([String(there.address), router.asn]);
        }
    });

    test('each tunnel has its session, and lets pass its own ends and all that is learned over it', () => {
      for (const { routing } of network.routers)
        for (const { link, local, far, allowed } of routing.tunnels) {
          const sessions = routing.neighbors.filter(({ kind, over }) => kind === 'router' && over === link);
          expect(sessions.map((one) => [one.local, one.address])).toEqual([[local, far]]);
          for (const end of [local, far]) expect(allowed.some((subnet) => subnet.contains(end))).toBe(true);
          for (const { subnet } of sessions.flatMap((one) => one.import))
            expect(texts(allowed)).toContain(String(subnet));
        }
    });

    test('no router takes from elsewhere what it has itself, or discards it', () => {
      for (const { interfaces, routing } of speaking) {
        const connected = network.segments.filter(({ name }) => interfaces.some((one) => one.network === name));
        const learned = routing.neighbors.flatMap((one) => one.import.map(({ subnet }) => subnet));
        for (const subnet of [...learned, ...routing.discards])
          expect(connected.filter((one) => one.subnet.overlaps(subnet))).toEqual([]);
      }
    });

    test('everything that may be learned may be asked: no import lacks its discard route', () => {
      for (const { routing } of speaking)
        for (const { subnet } of routing.neighbors.flatMap((one) => one.import))
          expect(texts(routing.discards)).toContain(String(subnet));
    });
  },
);
