/**
 * An operator, an Installation or a MetalLB of somebody else. Helm would not take over these objects either, but its error
 * names one object only and no remedy. They are looked up by what there is once in a cluster: a ClusterRole that
 * upstream's chart and manifest call alike, and a kind.
 */
import { partOf } from '../../constructs/labels.ts';
import { GUIDE } from './guide.ts';

const [[label, value]] = Object.entries(partOf) as [[string, string]];

export function otherOwners(): string {
  return `{{- if and $live $operators -}}
  {{- $role := lookup "rbac.authorization.k8s.io/v1" "ClusterRole" "" "tigera-operator" -}}
  {{- if not (include "flatlan.mayOwn" (dict "release" .Release "object" $role)) -}}
    {{- fail (printf "this cluster has a Tigera operator from %s: two operators would write the same objects, so remove that operator and its network first, or start a new cluster (${GUIDE})" (include "flatlan.maker" $role)) -}}
  {{- end -}}
  {{- if and $installation (ne (dig "metadata" "labels" "${label}" "" $installation) "${value}") -}}
    {{- fail (printf "this cluster has a Calico network, Installation default from %s: remove it first, or start a new cluster (${GUIDE})" (include "flatlan.maker" $installation)) -}}
  {{- end -}}
  {{- $pools := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "ipaddresspools.metallb.io" -}}
  {{- if not (include "flatlan.mayOwn" (dict "release" .Release "object" $pools)) -}}
    {{- fail (printf "this cluster has the CRDs of MetalLB from %s: two MetalLBs would assign addresses at the same time, so remove that MetalLB with its CRDs first (${GUIDE})" (include "flatlan.maker" $pools)) -}}
  {{- end -}}
{{- end -}}
{{- if and $live $calico (not (include "flatlan.mayOwn" (dict "release" .Release "object" $installation))) -}}
  {{- $maker := include "flatlan.maker" $installation -}}
  {{- if eq (dig "metadata" "labels" "${label}" "" $installation) "${value}" -}}
    {{- fail (printf "%s is the cluster's network: upgrade that release, or remove it before you install release %s" $maker .Release.Name) -}}
  {{- end -}}
  {{- fail (printf "this cluster has a Calico network, Installation default from %s: remove it first, or start a new cluster (${GUIDE})" $maker) -}}
{{- end -}}
`;
}
