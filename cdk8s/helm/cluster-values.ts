/**
 * A cluster's Helm values: the resolved network in the words of the chart.
 */
import { fromPlan } from '../banner.ts';
import { networkValues } from '../constructs/network-layer.ts';
import { neededNamespaces } from '../constructs/release/namespaces.ts';
import { tolerationsOf } from '../constructs/tolerations.ts';
import { generatedValues } from '../paths.ts';
import { isCalico } from '../plan/network/calico.ts';
import type { Network } from '../plan/network/index.ts';
import type { NetworkValues } from '../values/network.ts';
import { overlay } from '../values/overlay.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { yamlText } from '../yaml-text.ts';
import { networkSubchart, subcharts, type Subchart } from './subcharts.ts';

/** Values by subchart, on top of its defaults; a part that the plan does not have is absent. */
export interface ClusterValues extends Readonly<Partial<Record<Exclude<Subchart['name'], 'network'>, object>>> {
  readonly network: NetworkValues;
  /** Namespaces by name, for the first layer. */
  readonly namespaces?: Readonly<Record<string, object>>;
  /** Upstream's chart, for the layer of the operators. */
  readonly metallb?: { readonly controller: object };
}

/** Throws when the emitters make values that the chart's own schemas refuse: a defect, never a user's mistake. */
export function clusterValues(network: Network): ClusterValues {
  const { tolerated } = network.kubernetes;
  const namespaces = neededNamespaces(network);
  return {
    network: networkValues(network),
    ...(namespaces.length > 0 ? { namespaces: Object.fromEntries(namespaces.map((name) => [name, {}])) } : {}),
    ...(isCalico(network) && tolerated.length > 0
      ? { metallb: { controller: { tolerations: tolerationsOf(tolerated) } } }
      : {}),
    ...Object.fromEntries(
      subcharts.filter((one) => one !== networkSubchart).flatMap((one) => checkedValues(one, network)),
    ),
  };
}

/** The values of a subchart under its name; none where the plan has no use for it. */
function checkedValues({ name, schema, defaults, valuesOf }: Subchart, network: Network): [string, object][] {
  const values = valuesOf(network);
  schema.parse(overlay(defaults, values ?? {}));
  return values === undefined ? [] : [[name, values]];
}

/** overlays/<cluster>/generated/values.yaml: the second `-f` of the cluster's releases. */
export function valuesFiles(network: Network): GeneratedFile[] {
  return [{ path: generatedValues(network.cluster), content: valuesText(network) }];
}

export function valuesText(network: Network): string {
  return `# ${fromPlan(network.cluster)}\n${yamlText(clusterValues(network))}`;
}
