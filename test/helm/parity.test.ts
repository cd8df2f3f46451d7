/**
 * Parity of the two backends: what Helm renders from the chart is, object by object, what the concrete backend makes.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { layers, NAMESPACE, network as networkLayer, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network.ts';
import { layerObjects, valuesFile } from '../../cdk8s/synth.ts';
import { networkValues } from '../../cdk8s/values/cluster.ts';
import { describeWith } from '../cluster/tools.ts';
import { randomPlans } from '../plans/random.ts';
import {
  byKey,
  fileWith,
  helm,
  helms,
  inParallel,
  manifestsIn,
  ownObjects,
  temporaryFolder,
  type Helm,
  type Manifest,
} from './helm.ts';
import { fixtureNetwork } from './plans.ts';
import { chartWithStandIns } from './stand-ins.ts';

const RANDOM_PLANS = 50;
const SEED = 20261124;

describeWith(helms, 'what Helm renders is what the concrete backend makes', () => {
  const folder = temporaryFolder();
  let chart = '';
  beforeAll(() => {
    chart = chartWithStandIns(folder);
  });

  /** The whole release as Helm renders it with the values file of a network. */
  async function rendered(which: Helm, layer: Layer, network: Network, name: string): Promise<Manifest[]> {
    const values = fileWith(folder, `${which}-${layer.name}-${name}.yaml`, valuesFile(network));
    const result = await helm(which, folder, [
      ...['template', layer.release, chart, '--namespace', NAMESPACE],
      ...['-f', join(chart, 'layers', `${layer.name}.yaml`), '-f', values],
    ]);
    expect([name, result.stderr, result.code]).toEqual([name, '', 0]);
    return manifestsIn(result.stdout);
  }

  function concrete(layer: Layer, network: Network): Record<string, Manifest> {
    return byKey(layerObjects(layer, networkValues(network)) as Manifest[]);
  }

  const cases = helms.flatMap((which) =>
    layers.flatMap((layer) =>
      ['flat-bgp', 'multi-site'].map((plan) => ({ which, layer, plan, title: `${which}, ${layer.name}, ${plan}` })),
    ),
  );
  test.each(cases)('$title', async ({ which, layer, plan }) => {
    const network = fixtureNetwork(plan);
    const objects = byKey(ownObjects(await rendered(which, layer, network, plan)));
    expect(Object.keys(objects).length).toBeGreaterThanOrEqual(layer === operators ? 2 : 10);
    expect(objects).toEqual(concrete(layer, network));
  });

  test.each(helms)(
    `%s, network, ${RANDOM_PLANS} random plans`,
    async (which) => {
      const plans = randomPlans(RANDOM_PLANS, SEED);
      const results = await inParallel([...plans.entries()], ([index, { network }]) =>
        rendered(which, networkLayer, network, `random-${index}`),
      );
      for (const [index, { text, network }] of plans.entries())
        expect({ text, objects: byKey(ownObjects(results[index] ?? [])) }).toEqual({
          text,
          objects: concrete(networkLayer, network),
        });
    },
    120_000,
  );
});
