/**
 * The router is off: nodes on one switch lose each other's pods, since their routes come from it, unless they have them from
 * each other (docs/facts.md#the-mesh-of-nodes). How long that takes: docs/facts.md#routes-of-a-router-that-is-off.
 */
import { expect, jest, test } from '@jest/globals';
import { changed, networkOf } from '../plans/fixtures.ts';
import { describeLab } from './describe-lab.ts';
import { startHouse, type House } from './plan-lab.ts';
import { threeNodes } from './three-nodes.ts';
import { until } from './until.ts';

jest.setTimeout(300_000);

const HOLD = 3;
const plan = threeNodes(`hold: ${HOLD}, keepalive: 1`);

/** Which pods the pod of the first node reaches. */
async function reached(house: House): Promise<string[]> {
  const from = house.pods.get('n1');
  const answers = ['n2', 'n3'].map(async (name) =>
    (await house.answers('n1', house.pods.get(name), from)) === `${name} saw ${String(from)}` ? [name] : [],
  );
  return (await Promise.all(answers)).flat();
}

/** By whose address a node sends what is for the blocks of others. */
const blocksOfOthers = async (house: House, node = 'n1') =>
  (await house.host(node).ipJson<{ dst: string; gateway?: string }[]>('route show proto bird')).map(
    ({ gateway }) => gateway,
  );
/** Before that an answer may come by way of the router, which another node takes for the one way out. */
const allKnowAll = async (house: House) => {
  await until(
    'every node has the blocks of the others',
    60,
    async () => await Promise.all(['n1', 'n2', 'n3'].map(async (node) => await blocksOfOthers(house, node))),
    [
      ['10.20.30.12', '10.20.30.13'],
      ['10.20.30.11', '10.20.30.13'],
      ['10.20.30.11', '10.20.30.12'],
    ],
  );
};
const power = async (house: House, state: 'down' | 'up') => await house.host('gw').ip(`link set lan1 ${state}`);

const devicesReach = async (house: House) => (await house.answers('lan', house.pods.get('n3'))).slice(0, 2);

/** As a router whose nodes keep nothing of it: other software, or FRR before 8.4. */
async function withoutLongLived(house: House): Promise<void> {
  const frr = house.routers.get('gw');
  await frr?.configure('router bgp 64513\n bgp graceful-restart-disable\n');
  await frr?.vtysh('clear bgp *');
}

describeLab('a router that is off', { programs: ['vtysh', 'bird'] }, () => {
  test('takes the pods of other nodes away within the hold time, and brings them back', async () => {
    const house = await startHouse(networkOf(plan));
    try {
      await withoutLongLived(house);
      await allKnowAll(house);
      await until('all is well', 60, () => reached(house), ['n2', 'n3']);
      await power(house, 'down');
      await until('the routes are gone', HOLD + 5, () => blocksOfOthers(house), []);
      expect(await reached(house)).toEqual([]);
      // The node itself is there.
      expect(await house.host('n1').pings('10.20.30.12')).toBe(true);
      await power(house, 'up');
      await until('all is well again', 30, () => reached(house), ['n2', 'n3']);
    } finally {
      await house.lab.stop();
    }
  });

  test('whose BGP daemon ends takes the routes away at once', async () => {
    const house = await startHouse(networkOf(changed(plan, `hold: ${HOLD}, keepalive: 1`, 'hold: 90, keepalive: 30')));
    try {
      await withoutLongLived(house);
      await until('routes are there', 60, () => blocksOfOthers(house), ['10.20.30.12', '10.20.30.13']);
      const [, bgpd] = house.routers.get('gw')?.daemons ?? [];
      await bgpd?.stop();
      await until('the routes are gone', 8, () => blocksOfOthers(house), []);
    } finally {
      await house.lab.stop();
    }
  });

  test('with FRR 8.4 leaves nodes their routes for longer, by its capability of long-lived graceful restart', async () => {
    const house = await startHouse(networkOf(plan));
    try {
      await allKnowAll(house);
      await power(house, 'down');
      for (const end = Date.now() + (HOLD + 6) * 1000; Date.now() < end;)
        expect(await reached(house)).toEqual(['n2', 'n3']);
    } finally {
      await house.lab.stop();
    }
  });

  test.each([
    ['iBGP', 'mesh: true'],
    ['eBGP', 'mesh: true, asn: 64514'],
  ])('takes nothing away in a mesh: %s with the router', async (_, keys) => {
    const house = await startHouse(networkOf(changed(plan, 'bgp: {', `bgp: {${keys}, `)));
    try {
      await allKnowAll(house);
      await until('pods reach each other', 60, () => reached(house), ['n2', 'n3']);
      await until('devices reach pods', 30, () => devicesReach(house), 'n3');
      expect(await blocksOfOthers(house)).toEqual(['10.20.30.12', '10.20.30.13']);
      // What nodes hear from each other stays between them: the router has each block from its owner.
      const routes = await house.host('gw').ipJson<{ dst: string; gateway?: string }[]>('route show proto bgp');
      expect(routes.flatMap(({ gateway }) => gateway ?? []).sort()).toEqual([
        '10.20.30.11',
        '10.20.30.12',
        '10.20.30.13',
      ]);
      await power(house, 'down');
      for (const end = Date.now() + (HOLD + 4) * 1000; Date.now() < end;)
        expect(await reached(house)).toEqual(['n2', 'n3']);
      await power(house, 'up');
      await until('devices reach pods again', 30, () => devicesReach(house), 'n3');
    } finally {
      await house.lab.stop();
    }
  });
});
