/** The records of the layers agree with the chart, with the objects that a plan has, and with each other. */
import { expect, test } from '@jest/globals';
import { dependencies } from '../../cdk8s/helm/chart-metadata.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { layers } from '../../cdk8s/helm/layers.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { randomPlans } from '../plans/random.ts';

const networks = [
  ...['flat-bgp', 'hybrid', 'multi-site'].map(planNetwork),
  ...randomPlans(50, 11).map(({ network }) => network),
];

test('every chart of the umbrella belongs to one layer', () => {
  const charts = layers.flatMap((layer): readonly string[] => layer.charts);
  expect(charts.sort()).toEqual(
    dependencies(testedCharts)
      .map(({ name }) => name)
      .sort(),
  );
});

test.each(layers)('$name is in the plans that have objects for it, and in no other', (layer) => {
  for (const network of networks)
    expect(layer.isIn(network)).toBe(layerObjects(layer, clusterValues(network)).length > 0);
});

test.each(layers)('$name waits for layers before it, which every plan with it has', (layer) => {
  const before: readonly unknown[] = layers.slice(0, layers.indexOf(layer));
  for (const one of layer.after) {
    expect(before).toContain(one);
    for (const network of networks.filter((network) => layer.isIn(network))) expect(one.isIn(network)).toBe(true);
  }
});
