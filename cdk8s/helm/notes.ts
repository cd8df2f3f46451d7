/**
 * NOTES.txt: what a Helm user sees after an install or upgrade, by layer.
 */
import { BANNER } from '../writer/index.ts';
import { NAMESPACE, network, operators } from './layers.ts';

export function notes(): string {
  return `{{- /* ${BANNER}: do not edit. */ -}}
{{- if .Values.network.enabled -}}
The network{{ with .Values.network.cluster }} of {{ . }}{{ end }} is handed to the operator; calico-node starts within a minute.
{{- $key := "password" }}
{{- range .Values.network.bgpPeers }}{{ with .password }}{{ $key = .secretKeyRef.key }}{{ end }}{{ end }}
{{ with .Values.network.passwordSecretName }}
The BGP password: create it now, in the namespace that the operator has just made, with the same password as on the router
(letters and digits; a line break or a double quote in it stops BGP on every node). Until then the session has no password.

  read -rs PASSWORD && kubectl create secret generic {{ . }} --namespace calico-system --from-literal={{ $key }}="$PASSWORD"
{{ end }}
Watch it come up:

  kubectl get tigerastatus
  kubectl get pods --namespace calico-system --output wide

The router must hold a BGP session with every node at:
{{ range $name, $peer := .Values.network.bgpPeers }}
  {{ $name }}: {{ $peer.peerIP }}, AS {{ $peer.asNumber | int64 }}
{{- end }}

Check it from inside the cluster:

  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }} --logs
{{- else -}}
The operators start; the Tigera operator makes Calico's kinds within about a minute. MetalLB's controller waits for the
network, so it is not ready yet: that is right.

  kubectl rollout status deployment/tigera-operator --namespace {{ .Release.Namespace }}

Then the network:

  helm install ${network.release} <this chart> --namespace {{ .Release.Namespace }} \\
    -f layers/${network.name}.yaml -f overlays/<cluster>/generated/values.yaml
{{- end }}
{{ if .Values.global.allowUninstall }}
global.allowUninstall is true: \`helm uninstall {{ .Release.Name }}\` now removes this layer. Take the network (${network.release}) before the operators (${operators.release}).
{{ end -}}
{{- if ne .Release.Namespace "${NAMESPACE}" }}
flatlan's own manifests use the namespace ${NAMESPACE}; this release is in {{ .Release.Namespace }}.
{{ end -}}
`;
}
