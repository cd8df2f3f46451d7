/**
 * Values of another cluster: everything in a cluster has the same names as in every other, so nothing else would stop them.
 * The Installation bears the name of the plan that it came from; one from before it had a name is adopted in silence.
 *
 * A rename is wanted where the values say which name goes, and that name only: the line does no harm when it is left there.
 */
import { CLUSTER_LABEL } from '../../constructs/labels.ts';

export function sameCluster(): string {
  return `{{- /* Values of another cluster, in any layer. */ -}}
{{- $is := dig "metadata" "labels" "${CLUSTER_LABEL}" "" $installation -}}
{{- with .Values.network.cluster -}}
  {{- if and $is (ne . $is) (ne (default "" $.Values.global.renameCluster) $is) -}}
    {{- fail (printf "these values are of the cluster %s, and this cluster's network is that of %s: use overlays/%s/generated/values.yaml, or another kube context; to call the cluster %s from now on, set global.renameCluster=%s" . $is $is . $is) -}}
  {{- end -}}
{{- end -}}
`;
}
