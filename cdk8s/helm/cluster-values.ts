/**
 * A cluster's Helm values: the resolved network in the words of the chart.
 */
import { fromPlan } from '../banner.ts';
import { attachmentConfig, leaseBounds, qualified } from '../constructs/attachments/network-attachment.ts';
import { bgpConfigurationSpec } from '../constructs/calico/bgp-configuration.ts';
import { bgpFilterSpec } from '../constructs/calico/bgp-filter.ts';
import { bgpPeerSpec } from '../constructs/calico/bgp-peer.ts';
import { felixConfigurationSpec } from '../constructs/calico/felix-configuration.ts';
import { installationSpec } from '../constructs/calico/installation.ts';
import { kubeControllersConfigurationSpec } from '../constructs/calico/kube-controllers-configuration.ts';
import { homeAssistantValues } from '../constructs/home-assistant/values.ts';
import { ipAddressPoolSpec } from '../constructs/metallb/ip-address-pool.ts';
import { multusConf } from '../constructs/multus/conf.ts';
import { onNodes } from '../constructs/on-nodes.ts';
import { tolerationsOf } from '../constructs/tolerations.ts';
import { neededNamespaces } from '../constructs/release/namespaces.ts';
import { generatedValues } from '../paths.ts';
import type { Attachment, Network } from '../plan/network/index.ts';
import { attachmentsDefaults, attachmentsValuesSchema } from '../values/attachments.ts';
import { homeAssistantDefaults, homeAssistantValuesSchema } from '../values/home-assistant.ts';
import { multusDefaults, multusValuesSchema } from '../values/multus.ts';
import { networkValuesSchema, type NetworkValues } from '../values/network.ts';
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

/** Those of the subchart network. */
export function networkValues(network: Network): NetworkValues {
  const { bgp } = network;
  return networkValuesSchema.parse({
    cluster: network.cluster,
    nodeAddresses: Object.fromEntries(
      network.nodes.flatMap(({ name, uplink }) => (uplink.address ? [[name, String(uplink.address)]] : [])),
    ),
    installation: installationSpec(network),
    bgpConfiguration: bgpConfigurationSpec(network),
    bgpFilters: byName(bgp.filters, bgpFilterSpec),
    bgpPeers: byName(bgp.sessions, (session) => bgpPeerSpec(session, bgp.passwordSecret)),
    ...(bgp.passwordSecret ? { passwordSecretName: bgp.passwordSecret.name } : {}),
    felixConfiguration: felixConfigurationSpec(network),
    kubeControllersConfiguration: kubeControllersConfigurationSpec(),
    ipAddressPools: byName(network.loadBalancers, ipAddressPoolSpec),
  });
}

function attachmentsValues({ kubernetes }: Network, attachments: readonly Attachment[]): object {
  const byQualifiedName = <Value>(value: (one: Attachment) => Value): Record<string, Value> =>
    Object.fromEntries(attachments.map((one) => [qualified(one), value(one)]));
  const pins = attachments.flatMap((one) => one.pins);
  return {
    definitions: byName(attachments, (one) => ({ namespace: one.namespace, config: attachmentConfig(one) })),
    access: byQualifiedName(({ namespaces }) => namespaces),
    ...(pins.length > 0
      ? { pins: Object.fromEntries(pins.map(({ mac, namespace, workload }) => [String(mac), { namespace, workload }])) }
      : {}),
    agent: { attachments: byQualifiedName(agentAttachment) },
    hostBinDir: kubernetes.cni.binDir,
    hostNetnsDir: kubernetes.netnsDir,
    ...onAnyNode(attachments),
  };
}

/** What the agent knows of an attachment (docs/node-contract.md, `agent`). */
function agentAttachment(attachment: Attachment): object {
  const { bridge, mtu, servers } = attachment;
  const told = servers.length > 0 ? { servers: servers.map(String) } : {};
  return { bridge, mtu, ...leaseBounds(attachment), ...told };
}

/** The agent runs where some attachment's bridge is. */
function onAnyNode(attachments: readonly Attachment[]): { affinity: object } | undefined {
  if (attachments.some(({ nodes }) => nodes === undefined)) return undefined;
  return onNodes([[...new Set(attachments.flatMap(({ nodes }) => nodes ?? []))]]);
}

function byName<Item extends { readonly name: string }, Spec>(
  items: readonly Item[],
  spec: (item: Item) => Spec,
): Record<string, Spec> {
  return Object.fromEntries(items.map((item) => [item.name, spec(item)]));
}
