import { DO_NOT_EDIT } from '../../banner.ts';
import { toleratesAll } from './tolerations.ts';

/** Named templates of the guards; each answers with text, empty for no. */
export function helpers(): string {
  return `{{- /* ${DO_NOT_EDIT} */ -}}
{{- /* Whether a CustomResourceDefinition is there and served; its name. */ -}}
{{- define "flatlan.established" -}}
{{- range $condition := (dig "status" "conditions" list (lookup "apiextensions.k8s.io/v1" "CustomResourceDefinition" "" .)) -}}
{{- if and (eq $condition.type "Established") (eq $condition.status "True") }}yes{{ end -}}
{{- end -}}
{{- end -}}
{{- /* Whether an object belongs to a release; release and object. */ -}}
{{- define "flatlan.owns" -}}
{{- $annotations := dig "metadata" "annotations" dict .object -}}
{{- if and (eq (default "" (get $annotations "meta.helm.sh/release-name")) .release.Name) (eq (default "" (get $annotations "meta.helm.sh/release-namespace")) .release.Namespace) }}yes{{ end -}}
{{- end -}}
{{- /* Whether a release may bring an object: it is not there, or is its own; release and object. */ -}}
{{- define "flatlan.mayOwn" -}}
{{- if not .object }}yes{{ else }}{{ include "flatlan.owns" . }}{{ end -}}
{{- end -}}
{{- /* In words: who made an object; the object. */ -}}
{{- define "flatlan.maker" -}}
{{- $annotations := dig "metadata" "annotations" dict . -}}
{{- with get $annotations "meta.helm.sh/release-name" -}}
release {{ . }} of namespace {{ get $annotations "meta.helm.sh/release-namespace" }}
{{- else -}}
a manifest
{{- end -}}
{{- end -}}
${toleratesAll()}`;
}
