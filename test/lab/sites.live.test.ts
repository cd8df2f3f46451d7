/**
 * Several sites with what the plan decides for their routers: real FRR, stateful firewalls, BIRD for nodes. Each promise is
 * also broken by leaving out what keeps it (docs/facts.md#sites-pass-on-what-they-learn).
 */
import { expect, jest, test } from '@jest/globals';
import { NotYet, waitFor } from '../../cdk8s/lab/wait.ts';
import type { Cidr } from '../../cdk8s/address/index.ts';
import type { Network, Prefixes, Routing } from '../../cdk8s/plan/network/index.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';
import { startHouse, type House } from './plan-lab.ts';

jest.setTimeout(300_000);

const HOLD = 3;
const full = changed(
  planText('multi-site').replaceAll('software: pfsense', 'software: frr'),
  'bgp: {',
  `bgp: {hold: ${HOLD}, keepalive: 1, `,
);
const star = full.replace(/ {2}a-b: .*\n/, '');

type Ask = readonly [from: string, node: string];
/** By people's devices, to nodes of every site. */
const everySite: readonly Ask[] = ['home-a-lan', 'home-b-lan'].flatMap((from) =>
  ['a1', 'b1', 'v1'].map((node): Ask => [from, node]),
);
const acrossSites = everySite.filter(([from, node]) => from[5] !== node[0]);

/** How many of the questions are answered by the pod of that node, who saw the device itself. */
async function answered(house: House, network: Network, questions: readonly Ask[]): Promise<number> {
  const all = await Promise.all(
    questions.map(async ([from, node]) => {
      const device = network.segments.find(({ name }) => name === from)?.subnet.at(77);
      return (await house.answers(from, house.pods.get(node))) === `${node} saw ${String(device)}`;
    }),
  );
  return all.filter(Boolean).length;
}

/** Whether the first home's node reaches node and load balancer of the second, and pod reaches pod. */
async function detours(house: House, network: Network): Promise<Record<'nodes' | 'balancers' | 'pods', boolean>> {
  const b1 = network.nodes.find(({ name }) => name === 'b1')?.uplink.address;
  const vip = network.loadBalancers.find(({ name }) => name === 'home-b')?.addresses.first.plus(10);
  const a1 = network.nodes.find(({ name }) => name === 'a1')?.uplink.address;
  const [nodes, balancers, pods] = await Promise.all([
    house.answers('a1', b1, a1),
    house.answers('a1', vip, a1),
    house.answers('a1', house.pods.get('b1'), house.pods.get('a1')),
  ]);
  return { nodes: nodes.startsWith('b1'), balancers: balancers.startsWith('b1'), pods: pods.startsWith('b1') };
}

async function until<Answer>(what: string, seconds: number, ask: () => Promise<Answer>, wanted: Answer): Promise<void> {
  await waitFor(what, seconds * 1000, async () => {
    const answer = await ask();
    return JSON.stringify(answer) === JSON.stringify(wanted) || new NotYet(JSON.stringify(answer));
  });
}

const all = { nodes: true, balancers: true, pods: true };
const none = { nodes: false, balancers: false, pods: false };

/** As if each router announced what it and its nodes have, and passed nothing on. Pods cannot be told apart. */
function onlyOwn(network: Network): (routing: Routing) => Routing {
  return (routing) => {
    const from = network.routers.find(
      ({ routing: one }) => one.neighbors[0]?.name === routing.neighbors[0]?.name,
    )?.name;
    const pools = network.loadBalancers
      .filter(({ router }) => router === from)
      .flatMap(({ subnets }) => subnets.map(String));
    const own = new Set([...routing.originates.map(String), ...pools]);
    const keep = ({ of, subnet }: Prefixes): boolean => of === 'pods' || of === 'services' || own.has(String(subnet));
    return {
      ...routing,
      neighbors: routing.neighbors.map((one) =>
        one.kind === 'router' ? { ...one, export: one.export.filter(keep) } : one,
      ),
    };
  };
}

/** As if no network of people's devices were announced, and nothing discarded. */
function homesAlone(routing: Routing): Routing {
  const said = new Set(
    routing.neighbors.flatMap((one) =>
      [...one.import, ...one.export].filter(({ of }) => of === 'clients').map(({ subnet }) => String(subnet)),
    ),
  );
  const stays = ({ of }: Prefixes): boolean => of !== 'clients';
  return {
    ...routing,
    discards: [],
    originates: routing.originates.filter((subnet: Cidr) => !said.has(String(subnet))),
    neighbors: routing.neighbors.map((one) => ({
      ...one,
      import: one.import.filter(stays),
      export: one.export.filter(stays),
    })),
  };
}

/** Asks for an address of the pods that no node has. */
async function askNobody(house: House, network: Network): Promise<string> {
  return await house.answers('home-a-lan', network.pods.subnet.at(network.pods.subnet.size - 10));
}

describeLab('three sites', { programs: ['vtysh', 'bird'] }, () => {
  test('devices reach pods of every site; a lost tunnel has a way around; nothing leaves by the WAN', async () => {
    const network = networkOf(full);
    const house = await startHouse(network);
    try {
      await until('devices reach pods of every site', 60, () => answered(house, network, everySite), everySite.length);
      await until('nodes, load balancers and pods', 20, () => detours(house, network), all);
      // People's devices get to the cluster of the other home, not to its devices and nodes.
      const [lan, node] = ['home-b-lan', 'home-b-k8s'].map((name) => network.segments.find((one) => one.name === name));
      expect(await house.answers('home-a-lan', lan?.subnet.at(77))).toBe('timeout');
      expect(await house.answers('home-a-lan', node?.subnet.at(11))).toBe('timeout');

      const ranges = [network.pods.subnet, ...network.loadBalancers.flatMap(({ subnets }) => subnets)];
      const nodesOfB = network.segments.filter(({ name }) => name === 'home-b-k8s').map(({ subnet }) => subnet);
      const leaks = await house.leaks('home-a', [...ranges, ...nodesOfB]);
      await askNobody(house, network);

      await house.cut('a-b');
      const lost = Date.now();
      await until('a way around by vps', HOLD + 12, () => detours(house, network), all);
      console.log(`around the lost tunnel after ${Date.now() - lost} ms, hold time ${HOLD} s`);
      expect(await answered(house, network, everySite)).toBe(everySite.length);

      await house.cut('a-vps');
      await until('the home is alone', HOLD + 12, () => detours(house, network), none);
      // Its own pods do not need anybody.
      expect(await answered(house, network, [['home-a-lan', 'a2']])).toBe(1);
      // From the moment that routes are withdrawn on.
      await house.answers('home-a-lan', house.pods.get('b1'));
      expect(await leaks.packets()).toBe(0);
    } finally {
      await house.lab.stop();
    }
  });

  test('without networks of devices between sites nobody is answered there; without discard routes packets leave by the WAN', async () => {
    const network = networkOf(full);
    const house = await startHouse(network, homesAlone);
    try {
      await until('nodes of two sites reach each other', 60, () => detours(house, network), all);
      await until('a device reaches its own site', 20, () => answered(house, network, [['home-a-lan', 'a1']]), 1);
      expect(await answered(house, network, acrossSites)).toBe(0);
      const leaks = await house.leaks('home-a', [network.pods.subnet]);
      await askNobody(house, network);
      expect(await leaks.packets()).toBeGreaterThan(0);
    } finally {
      await house.lab.stop();
    }
  });

  test('where routers announce only their own, a lost tunnel takes nodes and load balancers away, and pods detour', async () => {
    const network = networkOf(full);
    const house = await startHouse(network, onlyOwn(network));
    try {
      await until('all is well', 60, () => detours(house, network), all);
      await house.cut('a-b');
      await until('only pods detour', HOLD + 12, () => detours(house, network), {
        nodes: false,
        balancers: false,
        pods: true,
      });
    } finally {
      await house.lab.stop();
    }
  });
});

describeLab('a star of sites', { programs: ['vtysh', 'bird'] }, () => {
  test('spokes reach each other through the hub, which passes on', async () => {
    const network = networkOf(star);
    const house = await startHouse(network);
    try {
      await until('devices reach pods of every site', 60, () => answered(house, network, everySite), everySite.length);
      await until('nodes, load balancers and pods', 20, () => detours(house, network), all);
    } finally {
      await house.lab.stop();
    }
  });

  test('a hub that keeps what it learns joins nobody but itself', async () => {
    const network = networkOf(star);
    const house = await startHouse(network, onlyOwn(network));
    try {
      const hub: readonly Ask[] = [
        ['home-a-lan', 'v1'],
        ['home-b-lan', 'v1'],
      ];
      await until('devices reach the hub', 60, () => answered(house, network, hub), 2);
      const spokes: readonly Ask[] = [
        ['home-a-lan', 'b1'],
        ['home-b-lan', 'a1'],
      ];
      expect(await answered(house, network, spokes)).toBe(0);
      expect(await detours(house, network)).toMatchObject({ nodes: false, balancers: false });
    } finally {
      await house.lab.stop();
    }
  });
});
