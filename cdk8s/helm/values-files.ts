/**
 * values.yaml of the umbrella and of its subcharts: the defaults, with the purpose of each key. A cluster's values override them.
 */
import { DO_NOT_EDIT } from '../banner.ts';
import { tested } from '../plan/versions.ts';
import { upstreamValues } from '../values/umbrella.ts';
import { NODE_IMAGE } from '../version.ts';
import { yamlText } from '../yaml-text.ts';
import { layerOf, layerPath, type ChartName } from './layers.ts';
import type { Subchart } from './subcharts.ts';

/** kubectl of the tested Kubernetes: the checks are kubectl commands. */
const CHECK_IMAGE = `registry.k8s.io/kubectl:v${tested.kubernetesRelease}`;

export function umbrellaValues(): string {
  return `# ${DO_NOT_EDIT} Defaults of the umbrella chart; README.md describes every key.

global:
  # true allows \`helm uninstall\` to remove the cluster's network. Set it for the removal only.
  allowUninstall: false
  # The old name of the cluster, if these values rename it; values of any other cluster are refused.
  renameCluster: ''
  # The image with the programs of the node plane; used if a plan has attachments.
  nodeImage: ${NODE_IMAGE}

# The checks of \`helm test\`.
checks:
  image: ${CHECK_IMAGE}
  timeout: 60s

# The upstream chart. You can add values of it; flatlan needs the ones below.
tigera-operator:
  # ${chosen('tigera-operator')}
  enabled: false
${indented(upstreamValues['tigera-operator'])}
# The upstream chart, controller only: Calico announces the addresses.
metallb:
  # ${chosen('metallb')}
  enabled: false
${indented(upstreamValues.metallb)}
# In place of both for a plan without Calico: the CRD of attachments and the plan's namespaces.
prerequisites:
  # ${chosen('prerequisites')}
  enabled: false

# The plan's network. Chosen by ${layerPath(layerOf('network'))}; its values are written by \`flatlan synth\`.
network:
  enabled: false

# Namespaces that the first layer creates and never removes; written by \`flatlan synth\`.
namespaces: {}

# Needed for pods on the nodes' own bridges (pods.mode bridged). ${chosen('bridge')}
bridge:
  enabled: false

# Needed for attachments to the LAN, if the plan has any. ${chosen('attachments')}
multus:
  enabled: false
attachments:
  enabled: false

# The example application. ${chosen('home-assistant')}
home-assistant:
  enabled: false
`;
}

export function subchartValues({ defaults }: Subchart): string {
  const rest = 'flatlan resolves the rest from a plan (overlays/<cluster>/generated/values.yaml).';
  return Object.keys(defaults).length === 0
    ? `# ${DO_NOT_EDIT} No defaults: ${rest}\n{}\n`
    : `# ${DO_NOT_EDIT} Defaults; ${rest}\n${yamlText(defaults)}`;
}

function chosen(chart: ChartName): string {
  return `Chosen by ${layerPath(layerOf(chart))}.`;
}

function indented(value: object): string {
  return yamlText(value).replace(/^(?=.)/gm, '  ');
}
