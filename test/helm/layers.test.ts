/** The records of the layers agree with the chart, with the objects that a plan has, and with each other. */
import { expect, test } from '@jest/globals';
import { dependencies } from '../../cdk8s/helm/chart-metadata.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { apps, layers, layersBefore, layersIn } from '../../cdk8s/helm/layers.ts';
import { isCalico } from '../../cdk8s/plan/network/calico.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { keepCilium } from '../plans/existing.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';

const networks = [
  ...['flat-bgp', 'hybrid', 'multi-site'].map(planNetwork),
  keepCilium,
  ...randomPlans(50, 11).map(({ network }) => network),
];

/** A key of the umbrella itself. */
const OWN_KEY = 'prerequisites';

test('every chart of the umbrella belongs to one layer', () => {
  const charts = layers.flatMap((layer): readonly string[] => layer.charts).filter((name) => name !== OWN_KEY);
  expect(charts.sort()).toEqual(
    dependencies(testedCharts)
      .map(({ name }) => name)
      .sort(),
  );
});

test('a plan has one first layer, the network, and apps where there are objects for them', () => {
  for (const network of networks) {
    const values = clusterValues(network);
    const first = isCalico(network) ? 'operators' : 'prerequisites';
    const withApps = layerObjects(apps, values).length > 0;
    expect(layersIn(network).map(({ name }) => name)).toEqual([first, 'network', ...(withApps ? ['apps'] : [])]);
    for (const layer of layersIn(network)) expect(layerObjects(layer, values).length).toBeGreaterThan(0);
  }
});

test.each(layers)('$name waits for layers before it, of which a plan has just one', (layer) => {
  const before: readonly unknown[] = layers.slice(0, layers.indexOf(layer));
  for (const one of layer.after) expect(before).toContain(one);
  for (const network of networks.filter((network) => layer.isIn(network)))
    expect(layersBefore(layer, network)).toHaveLength(layer.after.length > 0 ? 1 : 0);
});
