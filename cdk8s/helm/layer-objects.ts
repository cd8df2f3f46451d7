/**
 * The objects of a layer as a cluster gets them, without upstream's charts: for review and for tests, not for installing.
 */
import { App, Chart, Yaml } from 'cdk8s';
import type { Construct } from 'constructs';
import { fromPlan } from '../banner.ts';
import { ConcreteSource } from '../concrete.ts';
import { operatorsLayer, prerequisitesLayer } from '../constructs/operators-layer.ts';
import { distFolder } from '../paths.ts';
import type { Network } from '../plan/network/index.ts';
import { testedCharts, type ChartVersions } from '../plan/versions.ts';
import { METALLB_CONTROLLER } from '../values/umbrella.ts';
import { NODE_IMAGE } from '../version.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { clusterValues, type ClusterValues } from './cluster-values.ts';
import { layerOf, layersIn, NAMESPACE, type Layer } from './layers.ts';
import { layerLocks } from './locks.ts';
import { subcharts } from './subcharts.ts';

/** Adds a layer's objects to a scope; none where a plan has nothing for the layer. */
export function placeLayer(scope: Construct, layer: Layer, values: ClusterValues, versions: ChartVersions): void {
  const release = { name: layer.release, namespace: NAMESPACE, nodeImage: NODE_IMAGE };
  const source = <Values extends object>(given: Values) => new ConcreteSource(given, release);
  layerLocks(scope, layer, source({}).release, values.network.installation !== undefined);
  const namespaces = source({ namespaces: values.namespaces ?? {} });
  const ifFree = (free: Construct): Construct => free;
  if (layer.name === 'operators')
    operatorsLayer(scope, namespaces, { versions, metallbAccount: METALLB_CONTROLLER, ifFree });
  if (layer.name === 'prerequisites') prerequisitesLayer(scope, namespaces, { ifFree });
  for (const subchart of subcharts.filter(({ name }) => layerOf(name) === layer))
    subchart.objects(scope, values[subchart.name] ?? {}, source);
}

export function layerObjects(layer: Layer, values: ClusterValues, versions: ChartVersions = testedCharts): object[] {
  const chart = new Chart(new App(), layer.name, { disableResourceNameHashes: true });
  placeLayer(chart, layer, values, versions);
  return chart.toJson() as object[];
}

/** dist/<cluster>/<layer>.k8s.yaml. */
export function reviewFiles(network: Network): GeneratedFile[] {
  const values = clusterValues(network);
  return layersIn(network).map((layer) => {
    const objects = layerObjects(layer, values, network.versions);
    const header = [
      `# ${fromPlan(network.cluster)}`,
      `# For review: ${layer.purpose}, as charts/flatlan installs it, without upstream's charts.`,
    ];
    const content = `${header.join('\n')}\n${Yaml.stringify(...objects)}`;
    return { path: `${distFolder(network.cluster)}/${layer.name}.k8s.yaml`, content };
  });
}
