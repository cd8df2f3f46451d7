/**
 * An operator, an Installation or a MetalLB that somebody else made. Helm would not take these objects over either; it
 * says so by one object, without the way out. They are looked up by what there is once in a cluster: a ClusterRole that
 * upstream's chart and manifest call alike, and a kind.
 */
import { partOf } from '../../constructs/labels.ts';
import { GUIDE } from './guide.ts';

const [[label, value]] = Object.entries(partOf) as [[string, string]];

export function otherOwners(): string {
  return `{{- if and $live $operators -}}
  {{- $role := lookup "rbac.authorization.k8s.io/v1" "ClusterRole" "" "tigera-operator" -}}
  {{- if not (include "flatlan.mayOwn" (dict "release" .Release "object" $role)) -}}
    {{- fail (printf "this cluster has a Tigera operator by %s: two would write the same objects, so take that one away first with the network that it carries, or start a new cluster (${GUIDE})" (include "flatlan.maker" $role)) -}}
  {{- end -}}
  {{- if and $installation (ne (dig "metadata" "labels" "${label}" "" $installation) "${value}") -}}
    {{- fail (printf "this cluster has a network of Calico, Installation default by %s: take it away first, or start a new cluster (${GUIDE})" (include "flatlan.maker" $installation)) -}}
  {{- end -}}
  {{- $pools := lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "ipaddresspools.metallb.io" -}}
  {{- if not (include "flatlan.mayOwn" (dict "release" .Release "object" $pools)) -}}
    {{- fail (printf "this cluster has MetalLB's kinds by %s: two MetalLBs would give out addresses side by side, so take that one away first with its kinds (${GUIDE})" (include "flatlan.maker" $pools)) -}}
  {{- end -}}
{{- end -}}
{{- if and $live $network (not (include "flatlan.mayOwn" (dict "release" .Release "object" $installation))) -}}
  {{- $maker := include "flatlan.maker" $installation -}}
  {{- if eq (dig "metadata" "labels" "${label}" "" $installation) "${value}" -}}
    {{- fail (printf "%s carries the cluster's network: upgrade that release, or remove it before release %s takes its place" $maker .Release.Name) -}}
  {{- end -}}
  {{- fail (printf "this cluster has a network of Calico, Installation default by %s: take it away first, or start a new cluster (${GUIDE})" $maker) -}}
{{- end -}}
`;
}
