/**
 * Guards refuse in one sentence what would break the network, before anything is sent. Rendered by every install and upgrade:
 *
 *   helm template, lint, --dry-run=client   no cluster: `lookup` finds nothing, only the values are checked
 *   install, upgrade, --dry-run=server      a cluster: kube-system exists, so an empty answer means "not there"
 *
 * `lookup` and never `.Capabilities`, which without a cluster knows Kubernetes' own kinds and no others
 * (docs/facts.md#templates-without-a-cluster). A kind is looked up only after its definition, since `lookup` of an unknown
 * kind is an error.
 *
 * One file per concern, each with the text of a template; all use the variables below. The first guard that finds a problem
 * stops Helm, so the order is from mistakes of the user to the state of the cluster.
 *
 * A new guard is a file, its line in `guards`, `npm run synth`, and a test of its sentence:
 * test/helm/chart.live.test.ts for values, test/cluster/*.live.test.ts for what it looks up.
 */
import { DO_NOT_EDIT } from '../../banner.ts';
import { apps } from './apps.ts';
import { attachmentValues } from './attachment-values.ts';
import { clusterName } from './cluster-name.ts';
import { dataplane } from './dataplane.ts';
import { layerChoice } from './layer-choice.ts';
import { liveCluster } from './live-cluster.ts';
import { networkValues } from './network-values.ts';
import { nodeAddresses } from './node-addresses.ts';
import { otherNetworks } from './other-networks.ts';
import { otherOwners } from './other-owners.ts';
import { removal } from './removal.ts';
import { sameCluster } from './same-cluster.ts';
import { samePool } from './same-pool.ts';
import { tolerations } from './tolerations.ts';
import { version } from './version.ts';

export { helpers } from './helpers.ts';

/**
 * What every guard may use. $operators, $network and $app.enabled: whether the release is this layer. $live: Helm asks a
 * cluster. $installation: that of the cluster, empty where there is none. $whole: the network's values are there, which
 * counts after a refusal too, since `helm lint` goes on.
 */
const variables = `{{- $operators := or (index .Values "tigera-operator").enabled .Values.metallb.enabled -}}
{{- $network := .Values.network.enabled -}}
{{- $whole := $network -}}
{{- $app := index .Values "home-assistant" -}}
{{- $definitions := .Values.attachments.definitions -}}
{{- $allowed := .Values.global.allowUninstall -}}
{{- $live := not (empty (lookup "v1" "Namespace" "" "kube-system")) -}}
{{- $installation := dict -}}
{{- if and $live (include "flatlan.established" "installations.operator.tigera.io") -}}
  {{- $installation = lookup "operator.tigera.io/v1" "Installation" "" "default" -}}
{{- end -}}
`;

export function guards(): string {
  const all = [
    removal(),
    layerChoice(),
    version(),
    clusterName(),
    networkValues(),
    tolerations(),
    attachmentValues(),
    otherOwners(),
    otherNetworks(),
    sameCluster(),
    samePool(),
    liveCluster(),
    nodeAddresses(),
    dataplane(),
    apps(),
  ];
  const purpose = `${DO_NOT_EDIT} Refuses, in one sentence, what would break the network.`;
  return [`{{- /* ${purpose} */ -}}\n${variables}`, ...all].join('\n');
}
