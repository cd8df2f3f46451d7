/** What happens in a cluster when something changes: the plan, the chart, a mistake in either, or the cluster itself. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { nothing, Watch } from '../cluster/objects.ts';
import { ok, planValues } from '../cluster/umbrella.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { planNetwork, planWith } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { bringUp, network, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { condition, get, reconcile, waitForFlux, waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const values = planValues(CLUSTER);
const layers = ['flatlan-operators', 'flatlan-network'] as const;

describeOnCluster(fluxTools, 'a change', () => {
  let all: FluxHouse;
  let watch: Watch;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    all.house.synth(planNetwork(CLUSTER));
    await bringUp(all);
    watch = await Watch.begin(() => network(all.cluster));
  });

  afterAll(async () => {
    await all.stop();
  });

  const revision = async (layer: string) =>
    (await get(all.cluster, 'helmrelease', layer))?.status?.history?.[0]?.version;

  /** The release's upgrade to this commit has failed; answers with what it says. */
  async function failure(layer: string, commit: string): Promise<string> {
    const failed = await waitForFlux(all.cluster, 'helmrelease', layer, 'fails', (object) => {
      const attempted = (object.status as { lastAttemptedRevision?: string }).lastAttemptedRevision;
      return Boolean(attempted?.includes(commit.slice(0, 12))) && condition(object, 'Released')?.status === 'False';
    });
    expect(condition(failed, 'Ready')?.status).toBe('False');
    return condition(failed, 'Released')?.message ?? '';
  }

  async function back(message: string): Promise<void> {
    all.house.synth(planNetwork(CLUSTER));
    const commit = await all.deliver(message);
    for (const layer of layers) await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
    for (const layer of layers) await waitUntilReady(all.cluster, 'kustomization', layer, commit);
  }

  test('of the plan arrives within one reconcile, and writes what it concerns', async () => {
    const { cluster, house } = all;
    const earlier = await revision('flatlan-network');
    house.synth(
      planWith(CLUSTER, 'loadBalancers: {subnet: 192.168.6.0/24}', 'loadBalancers: {subnet: 192.168.8.0/24}'),
    );
    const commit = await all.deliver('Other addresses for load balancers');
    expect((await get(cluster, 'gitrepository', FLUX))?.status?.artifact?.revision).toBe(`main@sha1:${commit}`);
    await waitUntilReady(cluster, 'helmrelease', 'flatlan-network', commit);
    expect(await watch.since()).toEqual({
      ...nothing,
      written: ['bgpconfigurations.projectcalico.org default', `ipaddresspools.metallb.io ${NAMESPACE}/load-balancers`],
    });
    expect(watch.last.get(`ipaddresspools.metallb.io ${NAMESPACE}/load-balancers`)).toMatchObject({
      spec: { addresses: ['192.168.8.0/24'] },
    });
    expect(await revision('flatlan-network')).toBe((earlier ?? 0) + 1);
  });

  test('back again is one too', async () => {
    await back('The old addresses');
    expect((await watch.since()).written).toEqual([
      'bgpconfigurations.projectcalico.org default',
      `ipaddresspools.metallb.io ${NAMESPACE}/load-balancers`,
    ]);
  });

  describe('that is a mistake stops where it is made, and the network is not touched:', () => {
    test('a chart that does not render', async () => {
      all.house.write('charts/flatlan/templates/mistake.yaml', 'kind: {{ .Values.nothing.here }}\n');
      const commit = await all.deliver('A mistake in the chart');
      expect(await failure('flatlan-operators', commit)).toContain('flatlan/templates/mistake.yaml');
      await waitForFlux(all.cluster, 'helmrelease', 'flatlan-network', 'stops', (object) => {
        return condition(object, 'Ready')?.status === 'False';
      });
      expect(await watch.since()).toEqual(nothing);
      all.house.remove('charts/flatlan/templates/mistake.yaml');
      await back('The chart as it was');
      expect(await watch.since()).toEqual(nothing);
    });

    test('values that the plan would never give', async () => {
      all.house.edit(`overlays/${CLUSTER}/generated/values.yaml`, 'peerIP: 192.168.2.1', 'peerIP: 192.168.2.one');
      const commit = await all.deliver('A mistake in the values');
      expect(await failure('flatlan-network', commit)).toMatch(/peerIP.*does not match pattern/s);
      await waitUntilReady(all.cluster, 'helmrelease', 'flatlan-operators', commit);
      expect(await watch.since()).toEqual(nothing);
      await back('The values as they were');
      expect(await watch.since()).toEqual(nothing);
    });

    test('a manifest that is no YAML', async () => {
      all.house.edit(`flux/layers/${CLUSTER}/network/release.yaml`, 'spec:', 'spec: [');
      const commit = await all.deliver("A mistake in a layer's manifest");
      await waitForFlux(all.cluster, 'kustomization', 'flatlan-network', 'fails', (object) =>
        Boolean(condition(object, 'Ready')?.message.includes('release.yaml')),
      );
      await waitUntilReady(all.cluster, 'kustomization', 'flatlan-operators', commit);
      expect(await watch.since()).toEqual(nothing);
      await back('The manifest as it was');
      expect(await watch.since()).toEqual(nothing);
    });

    test('a variable that has no value, beside our files', async () => {
      const theirs = `flux/clusters/${CLUSTER}/settings.yaml`;
      const configMap = (value: string) =>
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ${FLUX}}\ndata: {value: "${value}"}\n`;
      all.house.write(theirs, configMap('${no_such_variable}'));
      await all.deliver('A variable without a value');
      const failed = await waitForFlux(all.cluster, 'kustomization', FLUX, 'fails', (object) => {
        return condition(object, 'Ready')?.status === 'False';
      });
      expect(condition(failed, 'Ready')?.message).toContain('variable not set (strict mode)');
      expect(await watch.since()).toEqual(nothing);
      all.house.write(theirs, configMap('${cluster_of_the_house}'));
      await back('A variable that has one');
      expect(await watch.since()).toEqual({ ...nothing, created: [`configmaps ${FLUX}/settings`] });
      expect(watch.last.get(`configmaps ${FLUX}/settings`)).toMatchObject({ data: { value: CLUSTER } });
    });
  });

  describe('made in the cluster itself is put right:', () => {
    const peer = 'bgppeers.projectcalico.org edgerouter';

    test('a BGPPeer that somebody edited', async () => {
      const patch = ['--type=merge', '--patch={"spec":{"peerIP":"192.168.2.99","filters":[]}}'];
      ok(await all.cluster.kubectl(['patch', 'bgppeers.projectcalico.org', 'edgerouter', ...patch]));
      expect((await watch.since()).written).toEqual([peer]);
      await reconcile(all.cluster, 'helmrelease', 'flatlan-network');
      expect((await watch.since()).written).toEqual([peer]);
      expect(watch.last.get(peer)?.spec).toEqual(values.bgpPeers?.edgerouter);
    });

    test('a BGPPeer that somebody deleted', async () => {
      ok(await all.cluster.kubectl(['delete', 'bgppeers.projectcalico.org', 'edgerouter']));
      await watch.since();
      await reconcile(all.cluster, 'helmrelease', 'flatlan-network');
      expect(await watch.since()).toEqual({ ...nothing, created: [peer] });
      expect(watch.last.get(peer)?.spec).toEqual(values.bgpPeers?.edgerouter);
    });

    test('where nothing is wrong nothing is written', async () => {
      for (const layer of layers) await reconcile(all.cluster, 'helmrelease', layer);
      expect(await watch.since()).toEqual(nothing);
    });
  });
});
