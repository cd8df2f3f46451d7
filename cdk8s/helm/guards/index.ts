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
import { CLUSTER_LABEL } from '../../constructs/labels.ts';
import { CLUSTER_RECORD } from '../../constructs/release/cluster-record.ts';
import { operators, prerequisites } from '../layers.ts';
import { apps } from './apps.ts';
import { attachmentValues } from './attachment-values.ts';
import { clusterName } from './cluster-name.ts';
import { dataplane } from './dataplane.ts';
import { layerChoice, withFile } from './layer-choice.ts';
import { liveCluster } from './live-cluster.ts';
import { networkValues } from './network-values.ts';
import { nodeAddresses } from './node-addresses.ts';
import { otherMode } from './other-mode.ts';
import { otherNetworks } from './other-networks.ts';
import { otherOwners } from './other-owners.ts';
import { removal } from './removal.ts';
import { sameCluster } from './same-cluster.ts';
import { samePool } from './same-pool.ts';
import { tolerations } from './tolerations.ts';
import { version } from './version.ts';

export { helpers } from './helpers.ts';

/**
 * What every guard may use. $operators, $prerequisites, $network and $app.enabled: whether the release is this layer. $mode:
 * the plan's, where it has no Calico; $calico: the release is the network of one that has. $first: the plan's first layer,
 * for messages. $live: Helm asks a cluster. $installation and $record: the Installation of the cluster and the record of one
 * without Calico, empty where there is none; $is: the cluster's name, by whichever. $whole: the values of a network of Calico
 * are there, which counts after a refusal too, since `helm lint` goes on.
 */
const variables = `{{- $operators := or (index .Values "tigera-operator").enabled .Values.metallb.enabled -}}
{{- $network := .Values.network.enabled -}}
{{- $prerequisites := .Values.prerequisites.enabled -}}
{{- $mode := default "" .Values.network.mode -}}
{{- $calico := and $network (not $mode) -}}
{{- $first := ternary "${withFile(prerequisites)}" "${withFile(operators)}" (or $prerequisites (ne $mode "")) -}}
{{- $whole := $calico -}}
{{- $app := index .Values "home-assistant" -}}
{{- $definitions := .Values.attachments.definitions -}}
{{- $allowed := .Values.global.allowUninstall -}}
{{- $live := not (empty (lookup "v1" "Namespace" "" "kube-system")) -}}
{{- $installation := dict -}}
{{- if and $live (include "flatlan.established" "installations.operator.tigera.io") -}}
  {{- $installation = lookup "operator.tigera.io/v1" "Installation" "" "default" -}}
{{- end -}}
{{- $record := dict -}}
{{- if $live }}{{ $record = lookup "v1" "ConfigMap" .Release.Namespace "${CLUSTER_RECORD}" }}{{ end -}}
{{- $is := dig "metadata" "labels" "${CLUSTER_LABEL}" (dig "metadata" "labels" "${CLUSTER_LABEL}" "" $record) $installation -}}
`;

export function guards(): string {
  const all = [
    removal(),
    layerChoice(),
    version(),
    clusterName(),
    networkValues(),
    otherMode(),
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
