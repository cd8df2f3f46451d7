/** A release that carries a layer must not lose it by an upgrade that forgot its values. */
import { network, operators } from '../layers.ts';

export function removal(): string {
  return `{{- /* A release that carries a layer must not lose it by an upgrade that forgot its values. */ -}}
{{- if and (not $allowed) (not $network) -}}
  {{- if include "flatlan.owns" (dict "release" .Release "object" $installation) -}}
    {{- fail (printf "release %s carries the cluster's network and these values would remove it: add -f layers/${network.name}.yaml -f overlays/<cluster>/generated/values.yaml, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}
{{- if and $live (not $allowed) (not $operators) -}}
  {{- if include "flatlan.owns" (dict "release" .Release "object" (lookup "apps/v1" "Deployment" .Release.Namespace "tigera-operator")) -}}
    {{- fail (printf "release %s carries the operators and these values would remove them: add -f layers/${operators.name}.yaml, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}
`;
}
