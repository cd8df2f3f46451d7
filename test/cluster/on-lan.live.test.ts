/**
 * Pods inside the LAN: the reservation of devices' addresses is there before the pool, whatever a person does, by both Helms.
 * Calico's IPAM reads reservations when it gives out an address, and a block once taken stays with its node
 * (docs/facts.md#blocks-and-reserved-addresses).
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { network, operators } from '../../cdk8s/helm/layers.ts';
import { networkValues } from '../../cdk8s/constructs/network-layer.ts';
import { planWith } from '../plans/fixtures.ts';
import { allObjects, nothing, Watch, withoutReleases } from './objects.ts';
import { playPools, POOL, RESERVATION, writeOf } from './on-lan-order.ts';
import { ok, planValues, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(180_000);

const values = planValues('same-subnet');
const [reservation, pool] = [RESERVATION, POOL].map((key) => key.join(' '));

describeOnCluster(['helm3', 'helm4'], 'the reservation and the pool', () => {
  // Each test is the next step.
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;

    // That the network is refused while this kind is not there: install.live.test.ts.
    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      ok(await umbrella.install(operators, ...umbrella.layerFile(operators)));
      await operatorHasRun(umbrella.cluster);
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const flags = (given = values) => umbrella.flags(network, given);
    const object = async ([kind, name]: readonly [string, string]) => await umbrella.cluster.object(kind, name);
    const uid = async (key: readonly [string, string]) => (await object(key))?.metadata.uid;
    const allowed = ['--reuse-values', '--set', 'global.allowUninstall=true'];

    test('a fresh install writes the reservation, then the Installation; the pool comes last', async () => {
      const operator = playPools(umbrella.cluster);
      try {
        ok(await umbrella.install(network, ...flags()));
        const installed = await operator.seen;
        expect(await object(RESERVATION)).toMatchObject({ spec: { reservedCIDRs: ['192.168.3.255/32'] } });
        const reserved = writeOf(await object(RESERVATION));
        expect(reserved).toBeLessThan(installed);
        expect(installed).toBeLessThan(writeOf(await object(POOL)));
      } finally {
        operator.stop();
      }
    });

    test('a second run writes neither', async () => {
      const watch = await Watch.begin(() => allObjects(umbrella.cluster));
      ok(await umbrella.upgrade(network, ...flags()));
      expect(await watch.since(withoutReleases)).toEqual(nothing);
    });

    test('more devices, and fewer: the same object', async () => {
      const before = await uid(RESERVATION);
      const more = networkValues(
        planWith('same-subnet', 'range: 192.168.2.38-192.168.2.243', 'range: 192.168.2.38-192.168.3.63'),
      );
      const watch = await Watch.begin(() => allObjects(umbrella.cluster));
      ok(await umbrella.upgrade(network, ...flags(more)));
      expect(await watch.since(withoutReleases)).toEqual({ ...nothing, written: [reservation] });
      expect(watch.last.get(reservation ?? '')?.spec).toEqual({
        reservedCIDRs: ['192.168.3.0/26', '192.168.3.255/32'],
      });
      ok(await umbrella.upgrade(network, ...flags()));
      expect(await watch.since(withoutReleases)).toEqual({ ...nothing, written: [reservation] });
      expect(await uid(RESERVATION)).toBe(before);
    });

    test('an uninstall keeps it, because the pool stays; the next install takes both over', async () => {
      const before = [await uid(RESERVATION), await uid(POOL)];
      expect(before).not.toContain(undefined);
      ok(await umbrella.upgrade(network, ...allowed));
      const watch = await Watch.begin(() => allObjects(umbrella.cluster));
      ok(await umbrella.onRelease('uninstall', network));
      const { removed } = await watch.since();
      expect(removed).toContain('installations.operator.tigera.io default');
      expect([reservation, pool].filter((one) => removed.includes(one ?? ''))).toEqual([]);
      ok(await umbrella.install(network, ...flags()));
      expect([await uid(RESERVATION), await uid(POOL)]).toEqual(before);
    });

    test('an upgrade to values without it leaves it in force', async () => {
      const without = structuredClone(values);
      delete without.ipReservations;
      ok(await umbrella.upgrade(network, ...flags(without)));
      expect(await object(RESERVATION)).toMatchObject({ spec: { reservedCIDRs: ['192.168.3.255/32'] } });
    });
  });
});
