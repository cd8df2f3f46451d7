/**
 * Flux leaves out a values file that is not there, since a person's own may be missing (flux/release.ts), so its releases
 * say which cluster they are for: without the plan's values, or with those of another cluster, nothing is installed.
 */

export function clusterName(): string {
  return `{{- with .Values.global.cluster -}}
  {{- $of := default "" $.Values.network.cluster -}}
  {{- if ne . $of -}}
    {{- fail (printf "release %s is for cluster %s and its values are of %s: put overlays/%s/generated/values.yaml in its place, which flatlan synth writes from that cluster's plan" $.Release.Name . (default "no cluster" $of) .) -}}
  {{- end -}}
{{- end -}}
`;
}
