/** An attachment needs Multus, and values for who may use it and for its leases. */

export function attachmentValues(): string {
  return `{{- if $network -}}
  {{- /* An attachment needs Multus, and an entry for who may use it. */ -}}
  {{- if and $definitions (not .Values.multus.conf) -}}
    {{- fail "attachments.definitions need multus.conf: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" -}}
  {{- end -}}
  {{- range $name, $definition := $definitions -}}
    {{- $key := printf "%s/%s" $definition.namespace $name -}}
    {{- if not (hasKey (default dict $.Values.attachments.access) $key) -}}
      {{- fail (printf "attachments.definitions.%s has no attachments.access entry %s: the policy on attachments would not cover it, so list its own namespace at least" $name $key) -}}
    {{- end -}}
    {{- if not (hasKey (default dict $.Values.attachments.agent.attachments) $key) -}}
      {{- fail (printf "attachments.definitions.%s has no attachments.agent.attachments entry %s: nodes would refuse an address to its pods, because no valid leases are defined" $name $key) -}}
    {{- end -}}
    {{- if ne $definition.config.name $name -}}
      {{- fail (printf "attachments.definitions.%s is named %s in its config: Multus needs the same name in both" $name $definition.config.name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
