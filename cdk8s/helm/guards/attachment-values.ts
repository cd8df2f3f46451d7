/** An attachment needs Multus, and lines that say who may use it and what its leases may be. */

export function attachmentValues(): string {
  return `{{- if $network -}}
  {{- /* An attachment needs Multus, and a line that says who may use it. */ -}}
  {{- if and $definitions (not .Values.multus.conf) -}}
    {{- fail "attachments.definitions need multus.conf: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" -}}
  {{- end -}}
  {{- range $name, $definition := $definitions -}}
    {{- $key := printf "%s/%s" $definition.namespace $name -}}
    {{- if not (hasKey (default dict $.Values.attachments.access) $key) -}}
      {{- fail (printf "attachments.definitions.%s has no attachments.access entry %s: the policy on attachments would not cover it, so list its own namespace at least" $name $key) -}}
    {{- end -}}
    {{- if not (hasKey (default dict $.Values.attachments.agent.attachments) $key) -}}
      {{- fail (printf "attachments.definitions.%s has no attachments.agent.attachments entry %s: nodes would refuse its pods an address, since nothing says what a lease may be" $name $key) -}}
    {{- end -}}
    {{- if ne $definition.config.name $name -}}
      {{- fail (printf "attachments.definitions.%s is called %s in its config: Multus looks for one name in both" $name $definition.config.name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
