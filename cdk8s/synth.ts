/**
 * From plans to files, as plain data: no disk, no clock, no environment. `cdk8s synth` and `flatlan synth` both come here.
 */
import { App, Chart, Yaml } from 'cdk8s';
import { ConcreteSource } from './concrete.ts';
import { ControllerAccess } from './constructs/metallb/controller-access.ts';
import { AttachmentCrd } from './constructs/release/attachment-crd.ts';
import { DeletionLock } from './constructs/release/deletion-lock.ts';
import { KeptNamespace } from './constructs/release/namespaces.ts';
import { ReleaseLock } from './constructs/release/release-lock.ts';
import { fluxFiles, fluxSources } from './flux/index.ts';
import { CHART_FOLDER, chartFiles } from './helm/chart.ts';
import { layers, NAMESPACE, type Layer } from './helm/layers.ts';
import { lockOf } from './helm/locks.ts';
import { subcharts } from './helm/subcharts.ts';
import type { Network } from './plan/network/index.ts';
import { planJsonSchema } from './plan/schema/index.ts';
import { metallbWithoutOwnPod, testedCharts, type ChartVersions } from './plan/versions.ts';
import { stepsFile } from './steps/index.ts';
import { clusterValues, type ClusterValues } from './values/cluster.ts';
import { generatedValues } from './values/files.ts';
import { METALLB_CONTROLLER } from './values/umbrella.ts';
import { NODE_IMAGE } from './version.ts';
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
  const values = clusterValues(network);
  const flux = fluxFiles(network);
  return {
    files: [
      { path: generatedValues(network.cluster), content: valuesFile(network, values) },
      stepsFile(network),
      ...layers.flatMap((layer) => {
        const objects = layerObjects(layer, values, network.versions);
        if (objects.length === 0) return [];
        return [{ path: `${dist}/${layer.name}.k8s.yaml`, content: manifests(network, layer, objects) }];
      }),
      ...flux.files,
    ],
    owned: [generated, dist, ...flux.owned],
  };
}

/** A cluster's Helm values; the second `-f` of its releases. */
export function valuesFile(network: Network, values: ClusterValues = clusterValues(network)): string {
  return `# ${BANNER} from the plan of ${network.cluster}: edit the plan, not this file.\n${yamlText(values)}`;
}

/**
 * The objects of a layer as a cluster gets them, without upstream's charts: for review, not for installing. None where a
 * plan has nothing for the layer.
 */
export function layerObjects(layer: Layer, values: ClusterValues, versions: ChartVersions = testedCharts): object[] {
  const chart = new Chart(new App(), layer.name, { disableResourceNameHashes: true });
  const release = { name: layer.release, namespace: NAMESPACE, nodeImage: NODE_IMAGE };
  const lock = lockOf(layer, new ConcreteSource({}, release).release);
  if (lock) {
    new ReleaseLock(chart, 'lock', lock);
    new DeletionLock(chart, 'keep', lock);
  }
  if (layer.name === 'operators') {
    new AttachmentCrd(chart, 'attachment-crd');
    if (metallbWithoutOwnPod.has(versions.metallb))
      new ControllerAccess(chart, 'metallb-controller-access', { namespace: NAMESPACE, account: METALLB_CONTROLLER });
    for (const name of Object.keys(values.namespaces ?? {})) new KeptNamespace(chart, `namespace-${name}`, name);
  }
  for (const subchart of subcharts.filter((one) => one.layer === layer.name))
    subchart.objects(chart, values[subchart.name] ?? {}, (given) => new ConcreteSource(given, release));
  return chart.toJson() as object[];
}

function manifests(network: Network, layer: Layer, objects: readonly object[]): string {
  const header = [
    `# ${BANNER} from the plan of ${network.cluster}: edit the plan, not this file.`,
    `# For review: ${layer.purpose}, as charts/flatlan installs it, without upstream's charts.`,
  ];
  return `${header.join('\n')}\n${Yaml.stringify(...objects)}`;
}
