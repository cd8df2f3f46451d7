/** An upgrade without its values must not remove the layer of a release. */
import { ATTACHMENT_CRD } from '../../constructs/release/attachment-crd.ts';
import { layerPath, network, operators, prerequisites } from '../layers.ts';

export function removal(): string {
  return `{{- /* An upgrade without its values must not remove the layer of a release. */ -}}
{{- if and (not $allowed) (not $network) -}}
  {{- if or (include "flatlan.owns" (dict "release" .Release "object" $installation)) (include "flatlan.owns" (dict "release" .Release "object" $record)) -}}
    {{- fail (printf "release %s is the cluster's network and these values would remove it: add -f ${layerPath(network)} -f overlays/<cluster>/generated/values.yaml, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}
{{- if and $live (not $allowed) (not $operators) -}}
  {{- if include "flatlan.owns" (dict "release" .Release "object" (lookup "apps/v1" "Deployment" .Release.Namespace "tigera-operator")) -}}
    {{- fail (printf "release %s has the operators and these values would remove them: add -f ${layerPath(operators)}, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}
{{- if and $live (not $allowed) (not $operators) (not $prerequisites) -}}
  {{- if include "flatlan.owns" (dict "release" .Release "object" (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" "${ATTACHMENT_CRD}")) -}}
    {{- fail (printf "release %s has the CRD of attachments and these values would leave it without an owner: add -f ${layerPath(prerequisites)}, or drop --reset-values" .Release.Name) -}}
  {{- end -}}
{{- end -}}
`;
}
