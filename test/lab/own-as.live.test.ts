/**
 * Nodes with an AS number of their own: eBGP to the router, which passes on the routes of the others, with the number of all
 * nodes in their path (docs/facts.md#nodes-with-an-as-of-their-own). Each promise is also broken by leaving out what keeps it.
 */
import { expect, jest, test } from '@jest/globals';
import { blockAt, type Address } from '../../cdk8s/address/index.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import { must } from '../../cdk8s/plan/must.ts';
import { changed, networkOf, planText } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';
import { startHouse, type House } from './plan-lab.ts';
import { threeNodes } from './three-nodes.ts';
import { until } from './until.ts';

jest.setTimeout(300_000);

const oneRouter = networkOf(threeNodes('asn: 64514, hold: 3, keepalive: 1'));

const threeSites = networkOf(
  changed(
    planText('multi-site').replaceAll('software: pfsense', 'software: frr'),
    'bgp: {',
    'bgp: {asn: 64600, hold: 3, keepalive: 1, ',
  ),
);

/** As if nodes dropped every path with their own number, BGP's protection from loops (RFC 4271 section 9.1.2). */
function droppingOwnAsn(network: CalicoNetwork): CalicoNetwork {
  const sessions = network.bgp.sessions.map((session) => ({ ...session, acceptsOwnAsn: false }));
  return { ...network, bgp: { ...network.bgp, sessions } };
}

interface Route {
  readonly dst: string;
  readonly gateway?: string;
}

/** Where a node sends what is for other nodes' blocks, by BGP. */
async function learned(house: House, node: string): Promise<Record<string, string | undefined>> {
  const routes = await house.host(node).ipJson<Route[]>('route show proto bird');
  return Object.fromEntries(routes.map(({ dst, gateway }) => [dst, gateway]));
}

/** A pod of the second node with an address of the first one's block, as Calico gives it once blocks are used up. */
async function borrow(house: House): Promise<Address> {
  const { pods } = oneRouter;
  const block = blockAt(pods.subnet, pods.blockSize, 0);
  const borrowed = block.at(9);
  // Calico's own: what the node has no pod for goes nowhere.
  await house.host('n1').ip(`route add blackhole ${String(block)}`);
  const n2 = house.host('n2');
  // Not an address: BIRD would prefer the route of its interface, which is not announced.
  await n2.ip(`route add local ${String(borrowed)} dev lo`);
  const folder = n2.folder('bird');
  n2.write(
    `${folder}/bird.conf`,
    `${n2.read(`${folder}/bird.conf`)}protocol static borrowed { route ${String(borrowed)}/32 blackhole; }\n`,
  );
  await n2.must(['birdc', '-s', `${folder}/bird.ctl`, 'configure']);
  return borrowed;
}

function nodeOf(network: CalicoNetwork, name: string): Address {
  const node = network.nodes.find((one) => one.name === name);
  return must(node?.uplink.address, `address of ${name}`);
}

describeLab('nodes with an AS number of their own', { programs: ['vtysh', 'bird'] }, () => {
  test('one router: devices reach every pod, and nodes reach each other past the router, borrowed addresses too', async () => {
    const house = await startHouse(oneRouter);
    try {
      const blocks = [0, 1, 2].map((index) => blockAt(oneRouter.pods.subnet, oneRouter.pods.blockSize, index));
      const [, second, third] = blocks.map(String);
      await until('n1 has the blocks of the others, by their own addresses', 60, () => learned(house, 'n1'), {
        [String(second)]: '10.20.30.12',
        [String(third)]: '10.20.30.13',
      });
      const names = ['n1', 'n2', 'n3'];
      const asked = async () =>
        await Promise.all(names.map(async (name) => (await house.answers('lan', house.pods.get(name))).slice(0, 2)));
      await until('devices reach every pod', 60, asked, names);
      expect(await house.answers('lan', oneRouter.loadBalancers[0]?.addresses.first.plus(10))).toMatch(/^n[123] saw/);
      // The pool comes by every node, and the router uses them all.
      const paths = async () =>
        (await house.host('gw').ipJson<{ nexthops?: unknown[] }[]>('route show 10.44.0.0/24'))[0]?.nexthops?.length;
      await until('three paths', 60, paths, 3);

      const borrowed = await borrow(house);
      const n1 = nodeOf(oneRouter, 'n1');
      await until('the borrowed address', 60, () => house.answers('n1', borrowed, n1), `n2 saw ${String(n1)}`);
    } finally {
      await house.lab.stop();
    }
  });

  test('with nodes that drop their own number pods talk by way of the router, nodes do not reach pods, and a borrowed address is lost', async () => {
    const house = await startHouse(droppingOwnAsn(oneRouter));
    try {
      await until(
        'devices reach pods',
        60,
        async () => (await house.answers('lan', house.pods.get('n2'))).slice(0, 2),
        'n2',
      );
      expect(await learned(house, 'n1')).toEqual({});
      const n1 = nodeOf(oneRouter, 'n1');
      const pod = house.pods.get('n1');
      expect(await house.answers('n1', house.pods.get('n2'), pod)).toBe(`n2 saw ${String(pod)}`);
      // The answer goes straight to the node, and a router that follows connections drops what comes next.
      expect(await house.answers('n1', house.pods.get('n2'), n1)).toBe('timeout');
      const borrowed = await borrow(house);
      await until('devices reach it', 60, async () => (await house.answers('lan', borrowed)).slice(0, 2), 'n2');
      expect(await house.answers('n1', borrowed, n1)).not.toMatch('n2');
    } finally {
      await house.lab.stop();
    }
  });

  test('three sites with one AS number for all nodes: everything is reached, also around a lost tunnel', async () => {
    const house = await startHouse(threeSites);
    try {
      const asks = ['home-a-lan', 'home-b-lan'].flatMap((from) =>
        ['a1', 'a2', 'b1', 'v1'].map((to) => [from, to] as const),
      );
      const reached = async () =>
        await Promise.all(asks.map(async ([from, to]) => (await house.answers(from, house.pods.get(to))).slice(0, 2)));
      const wanted = asks.map(([, to]) => to);
      await until('devices of each site reach pods of each', 60, reached, wanted);
      const [a1, b1] = ['a1', 'b1'].map((name) => must(house.pods.get(name), `pod of ${name}`));
      const podToPod = async () => await house.answers('a1', b1, a1);
      await until('pods of two sites', 60, podToPod, `b1 saw ${String(a1)}`);
      await house.cut('a-b');
      await until('a way around', 60, podToPod, `b1 saw ${String(a1)}`);
      await until('for devices too', 60, reached, wanted);
    } finally {
      await house.lab.stop();
    }
  });
});
