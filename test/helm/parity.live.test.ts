/**
 * Parity of the two backends: what Helm renders from the chart is, object by object, what the concrete backend makes.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { layers, NAMESPACE, network as networkLayer, type Layer } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { clusterValues, valuesText } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { describeWith } from '../cluster/tools.ts';
import { keepCilium } from '../plans/existing.ts';
import { anyNetworkOf, planNetwork, planText } from '../plans/fixtures.ts';
import { randomOnLanPlans } from '../plans/random-on-lan.ts';
import { bridgedPlans } from '../plans/random-bridged.ts';
import { randomExistingPlans, randomPlans } from '../plans/random.ts';
import { fileWith, helm, helms, inParallel, temporaryFolder, type Helm } from './helm.ts';
import { byKey, manifestsIn, ownObjects, type Manifest } from './manifests.ts';
import { chartWithStandIns } from './stand-ins.ts';

const named: Readonly<Record<string, Network>> = {
  ...Object.fromEntries(['flat-bgp', 'same-subnet', 'multi-site', 'hybrid'].map((name) => [name, planNetwork(name)])),
  'keep-cilium': keepCilium,
  'dumb-l2': anyNetworkOf(planText('dumb-l2')),
};
const RANDOM_PLANS = 50;
const EXISTING_PLANS = 40;
const ON_LAN_PLANS = 40;
const BRIDGED_PLANS = 40;
const SEED = 20261124;

function layersOf(network: Network): Layer[] {
  return layers.filter((layer) => layer.isIn(network));
}

describeWith(helms, 'what Helm renders is what the concrete backend makes', () => {
  const folder = temporaryFolder();
  let chart = '';
  beforeAll(() => {
    chart = chartWithStandIns(folder);
  });

  /** The whole release as Helm renders it with the values file of a network. */
  async function rendered(which: Helm, layer: Layer, network: Network, name: string): Promise<Manifest[]> {
    const values = fileWith(folder, `${which}-${layer.name}-${name}.yaml`, valuesText(network));
    const result = await helm(which, folder, [
      ...['template', layer.release, chart, '--namespace', NAMESPACE],
      ...['-f', join(chart, 'layers', `${layer.name}.yaml`), '-f', values],
    ]);
    expect([name, result.stderr, result.code]).toEqual([name, '', 0]);
    return manifestsIn(result.stdout);
  }

  function concrete(layer: Layer, network: Network): Record<string, Manifest> {
    return byKey(layerObjects(layer, clusterValues(network)) as Manifest[]);
  }

  interface NamedRelease {
    readonly text: string;
    readonly network: Network;
    readonly layer: Layer;
    readonly name: string;
  }

  async function sameAsConcrete(which: Helm, releases: readonly NamedRelease[]): Promise<void> {
    const results = await inParallel(releases, ({ layer, network, name }) => rendered(which, layer, network, name));
    for (const [index, { text, network, layer }] of releases.entries())
      expect({ text, objects: byKey(ownObjects(results[index] ?? [])) }).toEqual({
        text,
        objects: concrete(layer, network),
      });
  }

  const cases = helms.flatMap((which) =>
    Object.entries(named).flatMap(([plan, network]) =>
      layersOf(network).map((layer) => ({
        network,
        which,
        layer,
        plan,
        title: `${which}, ${layer.name}, ${plan}`,
      })),
    ),
  );
  test.each(cases)('$title', async ({ which, layer, plan, network }) => {
    const objects = byKey(ownObjects(await rendered(which, layer, network, plan)));
    expect(Object.keys(objects)).not.toEqual([]);
    expect(objects).toEqual(concrete(layer, network));
  });

  test.each(helms)(
    `%s, ${RANDOM_PLANS} random plans, ${EXISTING_PLANS} of mode existing`,
    async (which) => {
      const plans = [...randomPlans(RANDOM_PLANS, SEED), ...randomExistingPlans(EXISTING_PLANS, SEED)];
      const releases = plans.flatMap(({ text, network }, index) =>
        layersOf(network).map((layer) => ({ text, network, layer, name: `random-${index}` })),
      );
      // What a release is only sometimes is among them.
      for (const layer of layers) expect(releases.filter((one) => one.layer === layer).length).toBeGreaterThan(5);
      expect(plans.filter(({ network }) => network.attachments.length > 0).length).toBeGreaterThan(5);
      await sameAsConcrete(which, releases);
    },
    400_000,
  );

  test.each(helms)(
    `%s, ${ON_LAN_PLANS} random plans of mode on-lan`,
    async (which) => {
      const plans = randomOnLanPlans(ON_LAN_PLANS, SEED, [undefined, 'v3.33.0']);
      const reserved = plans.map(({ network: { pods } }) => (pods.mode === 'on-lan' ? pods.reserved.length : 0));
      expect([...new Set(reserved)].toSorted()).toEqual([1, 2]);
      const releases = plans.flatMap(({ text, network }, index) =>
        layersOf(network).map((layer) => ({ text, network, layer, name: `on-lan-${index}` })),
      );
      await sameAsConcrete(which, releases);
    },
    400_000,
  );

  test.each(helms)(
    `%s, ${BRIDGED_PLANS} random plans with bridged pods`,
    async (which) => {
      const releases = bridgedPlans(BRIDGED_PLANS, SEED).flatMap(({ text, network }, index) =>
        layersOf(network).map((layer) => ({ text, network, layer, name: `bridged-${index}` })),
      );
      const results = await inParallel(releases, ({ layer, network, name }) => rendered(which, layer, network, name));
      for (const [index, { text, network, layer }] of releases.entries()) {
        const objects = byKey(ownObjects(results[index] ?? []));
        expect({ text, objects }).toEqual({ text, objects: concrete(layer, network) });
        // Nothing of Calico, MetalLB or BGP.
        expect(Object.keys(objects).filter((key) => /tigera|projectcalico|metallb/.test(key))).toEqual([]);
        if (layer === networkLayer) expect(Object.keys(objects).join()).toContain('flatlan-bridge');
      }
    },
    240_000,
  );
});
