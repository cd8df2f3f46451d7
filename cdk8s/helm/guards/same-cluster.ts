/**
 * Values of another cluster: everything in a cluster has the same names as in every other, so nothing else would stop them.
 * The Installation, or the record of a plan without Calico, has the name of its plan's cluster as a label (`$is` of index.ts); an
 * Installation without the label is accepted.
 *
 * A rename is wanted where the values say which name goes, and that name only: the line does no harm when it is left there.
 */
export function sameCluster(): string {
  return `{{- /* Values of another cluster, in any layer. */ -}}
{{- with .Values.network.cluster -}}
  {{- if and $is (ne . $is) (ne (default "" $.Values.global.renameCluster) $is) -}}
    {{- fail (printf "these values are for cluster %s, but this is cluster %s: use overlays/%s/generated/values.yaml, or another kube context; to rename the cluster to %s, set global.renameCluster=%s" . $is $is . $is) -}}
  {{- end -}}
{{- end -}}
`;
}
