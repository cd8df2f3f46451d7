/**
 * values.yaml of the umbrella and of its subcharts: the defaults, with what each key is for. A cluster's values come on top.
 */
import { DO_NOT_EDIT } from '../banner.ts';
import { upstreamValues } from '../values/umbrella.ts';
import { NODE_IMAGE } from '../version.ts';
import { yamlText } from '../yaml-text.ts';
import type { Subchart } from './subcharts.ts';

/** kubectl of the tested Kubernetes: the checks are kubectl commands. */
const CHECK_IMAGE = 'registry.k8s.io/kubectl:v1.36.3';

export function umbrellaValues(): string {
  return `# ${DO_NOT_EDIT} Defaults of the umbrella chart; README.md describes every key.

global:
  # true lets \`helm uninstall\` remove what carries the network. Set it for the removal only.
  allowUninstall: false
  # The name that the cluster has, where these values give it another: without it, values of another cluster are refused.
  renameCluster: ''
  # The programs of the node plane; used where a plan has attachments.
  nodeImage: ${NODE_IMAGE}

# What \`helm test\` runs.
checks:
  image: ${CHECK_IMAGE}
  timeout: 60s

# Upstream's chart. Its own values may be added; the ones below are what flatlan needs.
tigera-operator:
  # Chosen by layers/operators.yaml.
  enabled: false
${indented(upstreamValues['tigera-operator'])}
# Upstream's chart, controller only: Calico announces the addresses.
metallb:
  # Chosen by layers/operators.yaml.
  enabled: false
${indented(upstreamValues.metallb)}
# The plan's network. Chosen by layers/network.yaml; its values are written by \`flatlan synth\`.
network:
  enabled: false

# Namespaces that the operators layer makes and never removes; written by \`flatlan synth\`.
namespaces: {}

# What attachments to the LAN need, where the plan has any. Chosen by layers/network.yaml.
multus:
  enabled: false
attachments:
  enabled: false

# The example application. Chosen by layers/apps.yaml.
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

function indented(value: object): string {
  return yamlText(value).replace(/^(?=.)/gm, '  ');
}
