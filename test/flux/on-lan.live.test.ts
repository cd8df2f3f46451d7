/**
 * Flux for real brings pods inside the LAN to a fresh cluster: the reservation of devices' addresses is written before the
 * Installation, of which the operator (played, as in fresh-cluster.live.test.ts) makes the pool; and so it stays.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { playPools, POOL, RESERVATION, writeOf } from '../cluster/on-lan-order.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster, operatorHasRun } from '../cluster/upstream.ts';
import { planNetwork, planWith } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { startFluxHouse, type FluxHouse } from './flux-house.ts';
import { deploymentRuns } from './operator.ts';
import { waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'same-subnet';

// Each test is the next step.
describeOnCluster(fluxTools, 'Flux and pods inside the LAN', () => {
  let all: FluxHouse;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
  });

  afterAll(async () => {
    await all.stop();
  });

  const reservation = async () => await all.cluster.object(...RESERVATION);

  test('the reservation, then the Installation, then the pool', async () => {
    const { cluster, house } = all;
    const operator = playPools(cluster);
    try {
      house.synth(planNetwork(CLUSTER));
      const commit = await house.push('The plan of the house');
      ok(await cluster.kubectl(['apply', '--filename=-'], house.bootstrap));
      await waitUntilReady(cluster, 'kustomization', FLUX, commit);
      await waitUntilReady(cluster, 'helmrelease', 'flatlan-operators', commit);
      await deploymentRuns(cluster, NAMESPACE, 'tigera-operator');
      await operatorHasRun(cluster);
      await waitUntilReady(cluster, 'helmrelease', 'flatlan-network', commit);
      const installed = await operator.seen;
      expect(writeOf(await reservation())).toBeLessThan(installed);
      expect(installed).toBeLessThan(writeOf(await cluster.object(...POOL)));
    } finally {
      operator.stop();
    }
  });

  test('a change of the plan changes it in place', async () => {
    const before = (await reservation())?.metadata.uid;
    all.house.synth(planWith(CLUSTER, 'range: 192.168.2.38-192.168.2.243', 'range: 192.168.2.38-192.168.3.63'));
    const commit = await all.deliver('Devices have a block of the pods');
    await waitUntilReady(all.cluster, 'helmrelease', 'flatlan-network', commit);
    expect(await reservation()).toMatchObject({
      metadata: { uid: before },
      spec: { reservedCIDRs: ['192.168.3.0/26', '192.168.3.255/32'] },
    });
  });
});
