/** What the apps layer needs: its namespace, and the attachments of its pods. */
import { ATTACHMENT_CRD } from '../../constructs/release/attachment-crd.ts';
import { apps as appsLayer, layerPath, network } from '../layers.ts';
import { noNamespace } from './no-namespace.ts';

export function apps(): string {
  return `{{- if $app.enabled -}}
  {{- if not $app.namespace -}}
    {{- fail "the apps layer has no home-assistant.namespace: add -f overlays/<cluster>/generated/values.yaml; a plan without apps needs no release ${appsLayer.release}" -}}
  {{- end -}}
  {{- if $live -}}
    {{- if not (lookup "v1" "Namespace" "" $app.namespace) -}}
      {{- fail (printf ${noNamespace('Home Assistant')} $app.namespace $first) -}}
    {{- end -}}
    {{- /* Without them its pod would wait for its network forever. */ -}}
    {{- range $name, $definition := $definitions -}}
      {{- $there := false -}}
      {{- if include "flatlan.established" "${ATTACHMENT_CRD}" -}}
        {{- $there = lookup "k8s.cni.cncf.io/v1" "NetworkAttachmentDefinition" $definition.namespace $name -}}
      {{- end -}}
      {{- if not $there -}}
        {{- fail (printf "the attachment %s/%s does not exist yet: install ${network.release} with -f ${layerPath(network)} and these values first" $definition.namespace $name) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
