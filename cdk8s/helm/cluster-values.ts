/**
 * A cluster's Helm values: the resolved network in the words of the chart.
 */
import { fromPlan } from '../banner.ts';
import { attachmentsValues } from '../constructs/attachments/values.ts';
import { homeAssistantValues } from '../constructs/home-assistant/values.ts';
import { multusConf } from '../constructs/multus/conf.ts';
import { tolerationsOf } from '../constructs/tolerations.ts';
import { networkValues } from '../constructs/network-layer.ts';
import { neededNamespaces } from '../constructs/release/namespaces.ts';
import { generatedValues } from '../paths.ts';
import type { Network } from '../plan/network/index.ts';
import { attachmentsDefaults, attachmentsValuesSchema } from '../values/attachments.ts';
import { homeAssistantDefaults, homeAssistantValuesSchema } from '../values/home-assistant.ts';
import { multusDefaults, multusValuesSchema } from '../values/multus.ts';
import type { NetworkValues } from '../values/network.ts';
import { overlay } from '../values/overlay.ts';
import type { GeneratedFile } from '../writer/index.ts';
import { yamlText } from '../yaml-text.ts';

/** Values by subchart, on top of its defaults; a part that the plan does not have is absent. */
export interface ClusterValues {
  readonly network: NetworkValues;
  /** Namespaces by name, for the layer of the operators. */
  readonly namespaces?: Readonly<Record<string, object>>;
  /** Upstream's chart, for the layer of the operators. */
  readonly metallb?: { readonly controller: object };
  readonly multus?: object;
  readonly attachments?: object;
  readonly 'home-assistant'?: object;
}

/** Throws when the emitters make values that the chart's own schemas refuse: a defect, never a user's mistake. */
export function clusterValues(network: Network): ClusterValues {
  const { attachments, apps, kubernetes } = network;
  const namespaces = neededNamespaces(network);
  const values: ClusterValues = {
    network: networkValues(network),
    ...(namespaces.length > 0 ? { namespaces: Object.fromEntries(namespaces.map((name) => [name, {}])) } : {}),
    ...(kubernetes.tolerated.length > 0
      ? { metallb: { controller: { tolerations: tolerationsOf(kubernetes.tolerated) } } }
      : {}),
    ...(attachments.length > 0
      ? { multus: { conf: multusConf(network) }, attachments: attachmentsValues(network, attachments) }
      : {}),
    ...(apps.homeAssistant ? { 'home-assistant': homeAssistantValues(apps.homeAssistant) } : {}),
  };
  multusValuesSchema.parse(overlay(multusDefaults, values.multus ?? {}));
  attachmentsValuesSchema.parse(overlay(attachmentsDefaults, values.attachments ?? {}));
  homeAssistantValuesSchema.parse(overlay(homeAssistantDefaults, values['home-assistant'] ?? {}));
  return values;
}

/** overlays/<cluster>/generated/values.yaml: the second `-f` of the cluster's releases. */
export function valuesFiles(network: Network): GeneratedFile[] {
  return [{ path: generatedValues(network.cluster), content: valuesText(network) }];
}

export function valuesText(network: Network): string {
  return `# ${fromPlan(network.cluster)}\n${yamlText(clusterValues(network))}`;
}
