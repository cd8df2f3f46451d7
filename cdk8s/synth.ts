/**
 * From plans to files, as plain data: no disk, no clock, no environment. `cdk8s synth` and `flatlan synth` both come here.
 */
import { App, Chart, Yaml } from 'cdk8s';
import { ConcreteSource } from './concrete.ts';
import { networkLayer } from './constructs/network-layer.ts';
import { ReleaseLock } from './constructs/release/release-lock.ts';
import { fluxFiles, fluxSources } from './flux/index.ts';
import { CHART_FOLDER, chartFiles } from './helm/chart.ts';
import { layers, NAMESPACE, type Layer } from './helm/layers.ts';
import { lockOf } from './helm/locks.ts';
import type { Network } from './plan/network.ts';
import { planJsonSchema } from './plan/schema/index.ts';
import { testedCharts } from './plan/versions.ts';
import { networkValues } from './values/cluster.ts';
import type { NetworkValues } from './values/network.ts';
import { stepsFile } from './steps/index.ts';
import { BANNER, type GeneratedFile } from './writer/index.ts';
import { yamlText } from './yaml-text.ts';

export interface Synthesized {
  readonly files: readonly GeneratedFile[];
  /** The folders that belong to flatlan: what it no longer makes there is removed. */
  readonly owned: readonly string[];
}

/** Everything for these clusters; their charts must agree on versions, since they share one chart. */
export function synthesize(networks: readonly Network[]): Synthesized {
  const clusters = networks.map(clusterFiles);
  const sources = fluxSources();
  return {
    files: [
      ...chartFiles(networks[0]?.versions ?? testedCharts),
      ...sources.files,
      { path: 'plan.schema.json', content: `${JSON.stringify(planJsonSchema(), null, 2)}\n` },
      ...clusters.flatMap((cluster) => cluster.files),
    ],
    owned: [CHART_FOLDER, ...sources.owned, ...clusters.flatMap((cluster) => cluster.owned)],
  };
}

function clusterFiles(network: Network): Synthesized {
  const generated = `overlays/${network.cluster}/generated`;
  const dist = `dist/${network.cluster}`;
  const values = networkValues(network);
  const flux = fluxFiles(network);
  return {
    files: [
      { path: `${generated}/values.yaml`, content: valuesFile(network, values) },
      stepsFile(network),
      ...layers.map((layer) => ({
        path: `${dist}/${layer.name}.k8s.yaml`,
        content: manifests(network, layer, values),
      })),
      ...flux.files,
    ],
    owned: [generated, dist, ...flux.owned],
  };
}

/** A cluster's Helm values; the second `-f` of its network release. */
export function valuesFile(network: Network, values: NetworkValues = networkValues(network)): string {
  return `# ${BANNER} from the plan of ${network.cluster}: edit the plan, not this file.\n${yamlText({ network: values })}`;
}

/** The objects of a layer as a cluster gets them, without upstream's charts: for review, not for installing. */
export function layerObjects(layer: Layer, values: NetworkValues): object[] {
  const chart = new Chart(new App(), layer.name, { disableResourceNameHashes: true });
  const source = new ConcreteSource<NetworkValues>(values, { name: layer.release, namespace: NAMESPACE });
  new ReleaseLock(chart, 'lock', lockOf(layer, source.release));
  if (layer.name === 'network') networkLayer(chart, source);
  return chart.toJson() as object[];
}

function manifests(network: Network, layer: Layer, values: NetworkValues): string {
  const header = [
    `# ${BANNER} from the plan of ${network.cluster}: edit the plan, not this file.`,
    `# For review: ${layer.purpose}, as charts/flatlan installs it, without upstream's charts.`,
  ];
  return `${header.join('\n')}\n${Yaml.stringify(...layerObjects(layer, values))}`;
}
