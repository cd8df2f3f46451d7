/** What the network layer needs in the cluster: the CRDs, and the namespaces of attachments. */
import { ATTACHMENT_CRD } from '../../constructs/release/attachment-crd.ts';
import { neededCrds } from '../../constructs/release/needed-crds.ts';
import { layerPath, operators } from '../layers.ts';
import { noNamespace } from './no-namespace.ts';

export function liveCluster(): string {
  return `{{- if and $network $live -}}
  {{- $missing := list -}}
  {{- $kinds := list -}}
  {{- if $calico }}{{ $kinds = list ${neededCrds.map((kind) => JSON.stringify(kind)).join(' ')} }}{{ end -}}
  {{- if $definitions }}{{ $kinds = append $kinds "${ATTACHMENT_CRD}" }}{{ end -}}
  {{- range $kind := $kinds -}}
    {{- if not (include "flatlan.established" $kind) -}}
      {{- $missing = append $missing $kind -}}
    {{- end -}}
  {{- end -}}
  {{- if $missing -}}
    {{- fail (printf "the CRDs of the network are not installed yet (%s): install %s%s" (join ", " $missing) $first (ternary " and wait until the operator has run, about a minute" ", which brings them" $calico)) -}}
  {{- end -}}
  {{- /* Fields of a later Calico: the operator installs its own CRD a moment after it is upgraded. */ -}}
  {{- if and $calico (hasKey (dig "installation" "cni" dict $.Values.network) "installMode") -}}
    {{- if not (contains "installMode" (toJson (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "installations.operator.tigera.io"))) -}}
      {{- fail "these values need a later Calico whose operator has not run yet (the CRD Installation has no cni.installMode): upgrade ${operators.release} with -f ${layerPath(operators)} and wait until its operator has run, about a minute" -}}
    {{- end -}}
  {{- end -}}
  {{- range $name, $definition := $definitions -}}
    {{- if not (lookup "v1" "Namespace" "" $definition.namespace) -}}
      {{- fail (printf ${noNamespace('attachment %s')} $definition.namespace $name $first) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
