/**
 * What goes wrong is refused in one sentence, before anything is sent. Rendered by every install and upgrade:
 *
 *   helm template, lint, --dry-run=client   no cluster: `lookup` finds nothing, only contradictions in the values speak
 *   install, upgrade, --dry-run=server      a cluster: kube-system exists, so an empty answer means "not there"
 *
 * `lookup` and never `.Capabilities`: the latter is empty without a cluster (facts/helm-live.md, "Two phases"). A kind is
 * looked up only after its definition, since `lookup` of an unknown kind is an error.
 */
import { ATTACHMENT_KIND } from '../constructs/release/attachment-kind.ts';
import { neededKinds } from '../constructs/release/checks.ts';
import { FIRST_NATIVE_MINOR } from '../plan/versions.ts';
import { BANNER } from '../writer/index.ts';
import { apps, layers, NAMESPACE, network, operators } from './layers.ts';

export function guards(): string {
  return `{{- /* ${BANNER}: do not edit. Refuses, in one sentence, what would break the network. */ -}}
{{- $operators := or (index .Values "tigera-operator").enabled .Values.metallb.enabled -}}
{{- $network := .Values.network.enabled -}}
{{- $app := index .Values "home-assistant" -}}
{{- $definitions := .Values.attachments.definitions -}}
{{- $allowed := .Values.global.allowUninstall -}}
{{- $live := not (empty (lookup "v1" "Namespace" "" "kube-system")) -}}

{{- /* A release that carries a layer must not lose it by an upgrade that forgot its values. */ -}}
{{- if and $live (not $allowed) (not $network) -}}
  {{- if include "flatlan.established" "installations.operator.tigera.io" -}}
    {{- if include "flatlan.owns" (dict "release" .Release "object" (lookup "operator.tigera.io/v1" "Installation" "" "default")) -}}
      {{- fail (printf "release %s carries the cluster's network and these values would remove it: add -f layers/${network.name}.yaml -f overlays/<cluster>/generated/values.yaml, or drop --reset-values" .Release.Name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $live (not $allowed) (not $operators) -}}
  {{- if include "flatlan.owns" (dict "release" .Release "object" (lookup "apps/v1" "Deployment" .Release.Namespace "tigera-operator")) -}}
    {{- fail (printf "release %s carries the operators and these values would remove them: add -f layers/${operators.name}.yaml, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}

{{- /* One layer a release. */ -}}
{{- $chosen := list -}}
{{- if $operators }}{{ $chosen = append $chosen "operators" }}{{ end -}}
{{- if $network }}{{ $chosen = append $chosen "network" }}{{ end -}}
{{- if $app.enabled }}{{ $chosen = append $chosen "apps" }}{{ end -}}
{{- if gt (len $chosen) 1 -}}
  {{- fail (printf "%s are releases of their own, since the kinds of one come from another: install ${layers.map(({ release, name }) => `${release} with -f layers/${name}.yaml`).join(', then ')}" (join " and " $chosen)) -}}
{{- end -}}
{{- if not $chosen -}}
  {{- fail "no layer is chosen: install ${operators.release} with -f layers/${operators.name}.yaml first, then ${network.release} with -f layers/${network.name}.yaml and the values of your plan" -}}
{{- end -}}
{{- if has .Release.Namespace (list "calico-system" "calico-apiserver" "tigera-operator" "kube-system") -}}
  {{- fail (printf "namespace %s belongs to others: install with --namespace ${NAMESPACE}" .Release.Namespace) -}}
{{- end -}}

{{- if $network -}}
  {{- /* Whole values or none: half a network is worse than the old one. */ -}}
  {{- range $key := list "installation" "bgpConfiguration" "bgpFilters" "bgpPeers" "felixConfiguration" "kubeControllersConfiguration" -}}
    {{- if empty (index $.Values.network $key) -}}
      {{- fail (printf "the network layer has no network.%s: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" $key) -}}
    {{- end -}}
  {{- end -}}
  {{- /* What Calico accepts and then breaks on, or ignores in silence (facts/calico-live.md sections 4 and 11). */ -}}
  {{- range $pool := .Values.network.installation.calicoNetwork.ipPools -}}
    {{- if gt (int (last (splitList "/" $pool.cidr))) (int $pool.blockSize) -}}
      {{- fail (printf "network.installation has the pool %s of %s, smaller than one of its blocks, /%d: no pod would get an address" $pool.name $pool.cidr (int $pool.blockSize)) -}}
    {{- end -}}
  {{- end -}}
  {{- $seen := dict -}}
  {{- range $name, $peer := .Values.network.bgpPeers -}}
    {{- range $filter := $peer.filters -}}
      {{- if not (hasKey $.Values.network.bgpFilters $filter) -}}
        {{- fail (printf "network.bgpPeers.%s names the filter %s, which is not in network.bgpFilters: Calico would take and offer every route" $name $filter) -}}
      {{- end -}}
    {{- end -}}
    {{- if hasKey $seen $peer.peerIP -}}
      {{- fail (printf "network.bgpPeers.%s and network.bgpPeers.%s have one peerIP, %s: Calico would ignore the second" (get $seen $peer.peerIP) $name $peer.peerIP) -}}
    {{- end -}}
    {{- $_ := set $seen $peer.peerIP $name -}}
    {{- $secret := dig "password" "secretKeyRef" "name" "" $peer -}}
    {{- if and $secret (ne $secret (default "" $.Values.network.passwordSecretName)) -}}
      {{- fail (printf "network.bgpPeers.%s takes its password from the Secret %s, which only network.passwordSecretName lets calico-node read: its session would run without a password" $name $secret) -}}
    {{- end -}}
  {{- end -}}
  {{- /* An attachment needs Multus, and a line that says who may use it. */ -}}
  {{- if and $definitions (not .Values.multus.conf) -}}
    {{- fail "attachments.definitions need multus.conf: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" -}}
  {{- end -}}
  {{- range $name, $definition := $definitions -}}
    {{- $key := printf "%s/%s" $definition.namespace $name -}}
    {{- if not (hasKey (default dict $.Values.attachments.access) $key) -}}
      {{- fail (printf "attachments.definitions.%s has no attachments.access entry %s: pods of every namespace could take addresses of the LAN" $name $key) -}}
    {{- end -}}
    {{- if ne $definition.config.name $name -}}
      {{- fail (printf "attachments.definitions.%s is called %s in its config: Multus looks for one name in both" $name $definition.config.name) -}}
    {{- end -}}
  {{- end -}}
  {{- if $live -}}
    {{- /* Native kinds need MutatingAdmissionPolicy v1. */ -}}
    {{- if lt (int (regexFind "[0-9]+" (toString .Capabilities.KubeVersion.Minor))) ${FIRST_NATIVE_MINOR} -}}
      {{- fail (printf "this cluster runs Kubernetes %s.%s and Calico's native kinds need 1.${FIRST_NATIVE_MINOR}: upgrade it first" .Capabilities.KubeVersion.Major .Capabilities.KubeVersion.Minor) -}}
    {{- end -}}
    {{- $missing := list -}}
    {{- $kinds := list ${neededKinds.map((kind) => JSON.stringify(kind)).join(' ')} -}}
    {{- if $definitions }}{{ $kinds = append $kinds "${ATTACHMENT_KIND}" }}{{ end -}}
    {{- range $kind := $kinds -}}
      {{- if not (include "flatlan.established" $kind) -}}
        {{- $missing = append $missing $kind -}}
      {{- end -}}
    {{- end -}}
    {{- if $missing -}}
      {{- fail (printf "the kinds of the network are not there yet (%s): install ${operators.release} with -f layers/${operators.name}.yaml and wait until the operator has run, about a minute" (join ", " $missing)) -}}
    {{- end -}}
    {{- range $name, $definition := $definitions -}}
      {{- if not (lookup "v1" "Namespace" "" $definition.namespace) -}}
        {{- fail (printf ${noNamespace('attachment %s')} $definition.namespace $name) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- if $app.enabled -}}
  {{- if not $app.namespace -}}
    {{- fail "the apps layer has no home-assistant.namespace: add -f overlays/<cluster>/generated/values.yaml; a plan without apps needs no release ${apps.release}" -}}
  {{- end -}}
  {{- if $live -}}
    {{- if not (lookup "v1" "Namespace" "" $app.namespace) -}}
      {{- fail (printf ${noNamespace('Home Assistant')} $app.namespace) -}}
    {{- end -}}
    {{- /* Without them its pod would wait for a network that never comes. */ -}}
    {{- range $name, $definition := $definitions -}}
      {{- $there := false -}}
      {{- if include "flatlan.established" "${ATTACHMENT_KIND}" -}}
        {{- $there = lookup "k8s.cni.cncf.io/v1" "NetworkAttachmentDefinition" $definition.namespace $name -}}
      {{- end -}}
      {{- if not $there -}}
        {{- fail (printf "the attachment %s/%s is not there yet: install ${network.release} with -f layers/${network.name}.yaml and these values first" $definition.namespace $name) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}

/** A format of Go's: the namespace, then what stands in `of`. */
function noNamespace(of: string): string {
  return JSON.stringify(
    `there is no namespace %s, where ${of} goes: upgrade ${operators.release} with -f layers/${operators.name}.yaml and these values, which makes it`,
  );
}

/** Named templates of the guards; each answers with text, empty for no. */
export function helpers(): string {
  return `{{- /* ${BANNER}: do not edit. */ -}}
{{- /* Whether a CustomResourceDefinition is there and served; its name. */ -}}
{{- define "flatlan.established" -}}
{{- range $condition := (dig "status" "conditions" list (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .)) -}}
{{- if and (eq $condition.type "Established") (eq $condition.status "True") }}yes{{ end -}}
{{- end -}}
{{- end -}}
{{- /* Whether an object belongs to a release; release and object. */ -}}
{{- define "flatlan.owns" -}}
{{- $annotations := dig "metadata" "annotations" dict .object -}}
{{- if and (eq (default "" (get $annotations "meta.helm.sh/release-name")) .release.Name) (eq (default "" (get $annotations "meta.helm.sh/release-namespace")) .release.Namespace) }}yes{{ end -}}
{{- end -}}
{{- /* Whether a release may bring an object: it is not there, or is its own; release and object. */ -}}
{{- define "flatlan.mayOwn" -}}
{{- if not .object }}yes{{ else }}{{ include "flatlan.owns" . }}{{ end -}}
{{- end -}}
`;
}
