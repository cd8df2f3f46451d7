/**
 * NOTES.txt: the text that Helm prints after an install or upgrade, by layer.
 */
import { DO_NOT_EDIT } from '../banner.ts';
import { NETWORKS_ANNOTATION } from '../constructs/attachments/network-attachment.ts';
import { BRIDGE } from '../constructs/bridge/daemon-set.ts';
import {
  apps,
  carriesNetwork,
  isLayer,
  layerPath,
  layers,
  NAMESPACE,
  network,
  operators,
  type Layer,
} from './layers.ts';
import { CALICO_NAMESPACE } from '../platforms/calico.ts';

/** What starts now, how to watch it, and what comes next. */
const texts: Readonly<Record<Layer['name'], string>> = {
  operators: `The operators start; the Tigera operator installs Calico's CRDs within about a minute. MetalLB's controller is not ready
yet, because it waits for the network. This is expected.

  kubectl rollout status deployment/tigera-operator --namespace {{ .Release.Namespace }}

Then the network:

  helm install ${network.release} <this chart> --namespace {{ .Release.Namespace }} \\
    -f ${layerPath(network)} -f overlays/<cluster>/generated/values.yaml -f overlays/<cluster>/values.yaml
`,
  prerequisites: `The CRD of attachments and the namespaces of the plan are there. Then the network:

  helm install ${network.release} <this chart> --namespace {{ .Release.Namespace }} \\
    -f ${layerPath(network)} -f overlays/<cluster>/generated/values.yaml -f overlays/<cluster>/values.yaml
`,
  network: `{{ if .Values.bridge.settings -}}
Pods of cluster {{ .Values.network.cluster }} are on the bridges of its nodes. NetworkPolicy does not exist in this mode: every device of the
network reaches every pod. There are no load balancers: take Services of type NodePort.

  kubectl rollout status daemonset/${BRIDGE} --namespace {{ .Release.Namespace }}

{{ else if .Values.network.mode -}}
The cluster{{ with .Values.network.cluster }} {{ . }}{{ end }} keeps its network; the node plane starts on every node.
{{ else -}}
The network{{ with .Values.network.cluster }} of {{ . }}{{ end }} is configured; the operator starts calico-node within a minute.
{{- $key := "password" }}
{{- range .Values.network.bgpPeers }}{{ with .password }}{{ $key = .secretKeyRef.key }}{{ end }}{{ end }}
{{ with .Values.network.passwordSecretName }}
The BGP password: create its Secret now, in the namespace that the operator creates, with the same password as on the router
(letters and digits; a line break or a double quote in it stops BGP on every node). Until then the session has no password.

  kubectl wait namespace ${CALICO_NAMESPACE} --for=create --timeout 3m
  read -rs PASSWORD && kubectl create secret generic {{ . }} --namespace ${CALICO_NAMESPACE} --from-literal={{ $key }}="$PASSWORD"
{{ end }}
Watch the network start:

  kubectl get tigerastatus
  kubectl get pods --namespace ${CALICO_NAMESPACE} --output wide
  kubectl get bgppeers.projectcalico.org     (bgppeers alone is the CRD of MetalLB, which stays empty)

The router needs a BGP session with every node. Its addresses:
{{ range $name, $peer := .Values.network.bgpPeers }}
  {{ $name }}: {{ $peer.peerIP }}, AS {{ $peer.asNumber | int64 }}
{{- end }}
{{ end }}
{{ with .Values.attachments.definitions -}}
Attachments to the LAN:
{{ range $name, $definition := . }}
  {{ printf "%s/%s" $definition.namespace $name }}, for pods of {{ join ", " (index $.Values.attachments.access (printf "%s/%s" $definition.namespace $name)) }}
{{- end }}

NetworkPolicy does not apply to these interfaces: the LAN reaches every port that such a pod opens. The pod can send only to the
LAN, to multicast and replies, unless it has NET_RAW or NET_ADMIN: drop both.

  kubectl rollout status daemonset/flatlan-multus --namespace {{ $.Release.Namespace }}
  kubectl rollout status daemonset/flatlan-attachments --namespace {{ $.Release.Namespace }}

{{ end -}}
Check it from inside the cluster:

  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }} --logs
{{- with index .Values "home-assistant" "namespace" }}

Then the applications:

  helm install ${apps.release} <this chart> --namespace {{ $.Release.Namespace }} \\
    -f ${layerPath(apps)} -f overlays/<cluster>/generated/values.yaml -f overlays/<cluster>/values.yaml
{{- end }}
`,
  apps: `{{- $app := index .Values "home-assistant" -}}
Home Assistant starts in namespace {{ $app.namespace }}; its first start takes some minutes.

  kubectl rollout status deployment/home-assistant --namespace {{ $app.namespace }}
  kubectl get service home-assistant --namespace {{ $app.namespace }}
{{ if dig "podAnnotations" "${NETWORKS_ANNOTATION}" "" $app }}
Check that it is on the LAN:

  helm test {{ .Release.Name }} --namespace {{ .Release.Namespace }} --logs
{{ end -}}
`,
};

/** Of Go's templates: the text of the layer that a release is; the guards have seen to it that it is one. */
function textOfLayer(): string {
  const [first, ...others] = layers;
  const choices = others.map((layer) => `if ${isLayer(layer, '.Values')} -}}\n${texts[layer.name]}`);
  return `{{- ${choices.join('{{- else ')}{{- else -}}\n${texts[first.name]}{{- end }}`;
}

export function notes(): string {
  const unlocked = layers
    .filter((layer) => !carriesNetwork(layer))
    .map((layer) => `(not ${isLayer(layer, '.Values')})`);
  return `{{- /* ${DO_NOT_EDIT} */ -}}
${textOfLayer()}
{{ if and .Values.global.allowUninstall ${unlocked.join(' ')} }}
global.allowUninstall is true: \`helm uninstall {{ .Release.Name }}\` now removes this layer. Remove the network (${network.release}) before the operators (${operators.release}).
{{ end -}}
{{- if ne .Release.Namespace "${NAMESPACE}" }}
flatlan's own manifests use the namespace ${NAMESPACE}; this release is in {{ .Release.Namespace }}.
{{ end -}}
`;
}
