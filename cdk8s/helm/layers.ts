/**
 * The layers of the umbrella: one chart, installed as releases of their own (docs/architecture.md, "One chart, layers"). A
 * record a layer, from which come its values file, its Kustomization and HelmRelease, its place in locks, guards and dist/.
 *
 * A new layer touches:
 *   here                         its record
 *   a chart of its own           values/<chart>.ts and constructs/<chart>/, then subcharts.ts, umbrella-values.ts,
 *                                values-files.ts
 *   what differs in kind         ../flux/gates.ts, guards/layer-choice.ts, notes.ts; locks.ts and guards/removal.ts where it
 *                                carries the network
 *   how users install it         ../steps/ (a step, in index.ts), ../library/constructs.ts, README.md and docs/flux.md,
 *                                docs/library.md
 *   where it has any             a guard (guards/index.ts), checks (../constructs/release/checks.ts, umbrella-templates.ts),
 *                                accounts (docs/rbac.md)
 *   tests that name each layer   test/flux/manifests.test.ts, test/constructs/layers.test.ts
 *
 * The rest is by `npm run synth`. What is missing does not compile, or test/helm, test/steps and test/library say so.
 */
import { DO_NOT_EDIT } from '../banner.ts';
import { must } from '../plan/must.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import type { upstreamValues } from '../values/umbrella.ts';
import type { Subchart } from './subcharts.ts';

export { NAMESPACE } from '../values/umbrella.ts';

/** The umbrella's dependencies, upstream's charts and ours; and the part of the umbrella itself that has a key of its own. */
export type ChartName = keyof typeof upstreamValues | Subchart['name'] | 'prerequisites';

interface LayerRecord<Name extends string, CarriesNetwork extends boolean> {
  readonly name: Name;
  /** The release name for Helm users and for Flux; with the same name one can take over the release of the other. */
  readonly release: string;
  readonly purpose: string;
  /** The charts that its release enables, all at once; by the first one templates know the layer. */
  readonly charts: readonly [ChartName, ...ChartName[]];
  /** The layers that must be in order before this one starts, as far as a plan has them (`layersBefore`). */
  readonly after: readonly LayerRecord<string, boolean>[];
  /** The network hangs on it: nobody removes its release by mistake, and Flux never prunes it. */
  readonly carriesNetwork: CarriesNetwork;
  /** Whether a plan has anything for it. */
  isIn(network: Network): boolean;
}

export const operators: LayerRecord<'operators', true> = {
  name: 'operators',
  release: 'flatlan-operators',
  purpose: "the Tigera operator, the MetalLB controller, the CRD of attachments and the plan's namespaces",
  charts: ['tigera-operator', 'metallb'],
  after: [],
  carriesNetwork: true,
  isIn: isCalico,
};

/** In place of the operators where a plan has no Calico. */
export const prerequisites: LayerRecord<'prerequisites', true> = {
  name: 'prerequisites',
  release: 'flatlan-prerequisites',
  purpose: "the CRD of attachments and the plan's namespaces",
  charts: ['prerequisites'],
  after: [],
  carriesNetwork: true,
  isIn: (plan) => !isCalico(plan),
};

export const network: LayerRecord<'network', true> = {
  name: 'network',
  release: 'flatlan-network',
  purpose: "the plan's network: Installation, BGP, load balancer pools, attachments to the LAN",
  charts: ['network', 'bridge', 'multus', 'attachments'],
  after: [operators, prerequisites],
  carriesNetwork: true,
  isIn: () => true,
};

export const apps: LayerRecord<'apps', false> = {
  name: 'apps',
  release: 'flatlan-apps',
  purpose: "the plan's applications: Home Assistant",
  charts: ['home-assistant'],
  after: [network],
  carriesNetwork: false,
  isIn: (plan) => plan.apps.homeAssistant !== undefined,
};

/** In the order of their installation. */
export const layers = [operators, prerequisites, network, apps] as const;

export type Layer = (typeof layers)[number];

/** Those that a plan has. */
export function layersIn(plan: Network): Layer[] {
  return layers.filter((layer) => layer.isIn(plan));
}

/** Those of a plan that must be in order before this one starts. */
export function layersBefore(layer: Layer, plan: Network): Layer[] {
  return layersIn(plan).filter((one) => layer.after.includes(one));
}

/** The one that a plan starts with: it brings what every later one needs. */
export function firstLayer(plan: Network): Layer {
  return must(layersIn(plan)[0], 'first layer');
}

/** Those with a lock. */
export type CarryingLayer = Extract<Layer, { readonly carriesNetwork: true }>;

export function carriesNetwork(layer: Layer): layer is CarryingLayer {
  return layer.carriesNetwork;
}

/** The layer that a chart belongs to. */
export function layerOf(chart: ChartName): Layer {
  return must(
    layers.find(({ charts }) => charts.includes(chart)),
    `layer with the chart ${chart}`,
  );
}

/** Its values file, from the chart's folder. */
export function layerPath({ name }: Layer): string {
  return `layers/${name}.yaml`;
}

/** What is in it. */
export function layerFile({ name, purpose, charts }: Layer): string {
  const values = charts.map((chart) => `${chart}:\n  enabled: true\n`).join('');
  return `# ${DO_NOT_EDIT} Chooses the layer ${name}: ${purpose}.\n${values}`;
}

/** Of Go's templates: whether a release is this layer; in blocks that change the dot, values are `$.Values`. */
export function isLayer({ charts: [chart] }: Layer, values: '.Values' | '$.Values'): string {
  return chart.includes('-') ? `(index ${values} "${chart}").enabled` : `${values}.${chart}.enabled`;
}
