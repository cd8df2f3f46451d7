/**
 * values.yaml of the umbrella and of its subchart: the defaults, with what each key is for. A cluster's values come on top.
 */
import { upstreamValues } from '../values/umbrella.ts';
import { BANNER } from '../writer/index.ts';
import { yamlText } from '../yaml-text.ts';

/** kubectl of the tested Kubernetes: the checks are kubectl commands. */
const CHECK_IMAGE = 'registry.k8s.io/kubectl:v1.36.3';

export function umbrellaValues(): string {
  return `# ${BANNER}: do not edit. Defaults of the umbrella chart; README.md describes every key.

global:
  # true lets \`helm uninstall\` remove what carries the network. Set it for the removal only.
  allowUninstall: false

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
`;
}

export function networkValuesFile(): string {
  return `# ${BANNER}: do not edit. No defaults: flatlan resolves them from a plan (overlays/<cluster>/generated/values.yaml).
{}
`;
}

function indented(value: object): string {
  return yamlText(value).replace(/^(?=.)/gm, '  ');
}
