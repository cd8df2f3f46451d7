/**
 * Flux skips a values file that is missing, because the user's own file is optional (flux/release.ts), so its releases name
 * their cluster: without the plan's values, or with those of another cluster, nothing is installed.
 */

export function clusterName(): string {
  return `{{- with .Values.global.cluster -}}
  {{- $of := default "" $.Values.network.cluster -}}
  {{- if ne . $of -}}
    {{- fail (printf "release %s is for cluster %s, but its values are for %s: use overlays/%s/generated/values.yaml, which flatlan synth writes from that cluster's plan" $.Release.Name . (default "no cluster" $of) .) -}}
  {{- end -}}
{{- end -}}
`;
}
