/**
 * A plan without Calico in a cluster whose network is flatlan's Calico, or the other way round: the layers of one do not go
 * with those of the other, and pods would get their first interface from a network that nobody looks after.
 */
import { CLUSTER_LABEL } from '../../constructs/labels.ts';
import { operators, prerequisites } from '../layers.ts';
import { GUIDE } from './guide.ts';
import { withFile } from './layer-choice.ts';

export function otherMode(): string {
  return `{{- if and $operators $mode -}}
  {{- fail (printf "these values are of a plan of mode %s, which has no operators: install ${withFile(prerequisites)} instead" $mode) -}}
{{- end -}}
{{- if and $prerequisites .Values.network.installation -}}
  {{- fail "these values are of a plan with Calico, which needs the operators: install ${withFile(operators)} instead" -}}
{{- end -}}
{{- if and $live (or $prerequisites (and $network $mode)) (or (dig "metadata" "labels" "${CLUSTER_LABEL}" "" $installation) (include "flatlan.owns" (dict "release" .Release "object" $installation))) -}}
  {{- fail (printf "the network of this cluster is the Calico of a flatlan plan%s, which a plan of mode %s does not have: keep mode routed, which has attachments too, or remove that network first (${GUIDE})" (ternary (printf " of cluster %s" $is) "" (ne $is "")) (default "existing" $mode)) -}}
{{- end -}}
{{- if and $live $record (or $operators $calico) -}}
  {{- fail (printf "pods of this cluster have their network by a flatlan plan of mode %s (cluster %s): a second network would take them; keep that mode, or start a new cluster (${GUIDE})" (dig "data" "mode" "existing" $record) $is) -}}
{{- end -}}
{{- if and $live $record $mode (ne $mode (dig "data" "mode" $mode $record)) -}}
  {{- fail (printf "pods of this cluster have their network by a flatlan plan of mode %s (cluster %s), and these values are of mode %s: keep that mode, or start a new cluster (${GUIDE})" (dig "data" "mode" "" $record) $is $mode) -}}
{{- end -}}
`;
}
