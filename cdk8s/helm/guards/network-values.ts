/** The values of the network layer are complete, and without mistakes that Calico accepts but fails with or ignores. */
import { networkValuesSchema } from '../../values/network.ts';

/** What makes objects of Calico, MetalLB and BGP. */
const calicoKeys = Object.keys(networkValuesSchema.shape).filter(
  (key) => !['cluster', 'mode', 'refuseExternalIPs'].includes(key),
);

export function networkValues(): string {
  return `{{- if and $network $mode -}}
  {{- /* Of a plan without Calico nothing of Calico, MetalLB or BGP. */ -}}
  {{- range $key := list ${calicoKeys.map((key) => JSON.stringify(key)).join(' ')} -}}
    {{- if index $.Values.network $key -}}
      {{- fail (printf "network.mode is %s, a plan without Calico, but there is network.%s: remove it, since the cluster keeps the network that it has" $mode $key) -}}
    {{- end -}}
  {{- end -}}
  {{- if empty .Values.network.cluster -}}
    {{- fail "the network layer has no network.cluster: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" -}}
  {{- end -}}
{{- else if $network -}}
  {{- /* All values or none: half a network is worse than the old one. */ -}}
  {{- $absent := list -}}
  {{- range $key := list "installation" "bgpConfiguration" "bgpFilters" "bgpPeers" "felixConfiguration" "kubeControllersConfiguration" "cluster" -}}
    {{- if empty (index $.Values.network $key) }}{{ $absent = append $absent $key }}{{ end -}}
  {{- end -}}
  {{- if $absent -}}
    {{- $whole = false -}}
    {{- fail (printf "the network layer has no network.%s: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" (first $absent)) -}}
  {{- else -}}
    {{- /* Mistakes that Calico accepts but fails with, or ignores (docs/facts.md#what-the-api-lets-through). */ -}}
    {{- range $pool := .Values.network.installation.calicoNetwork.ipPools -}}
      {{- if gt (int (last (splitList "/" $pool.cidr))) (int $pool.blockSize) -}}
        {{- fail (printf "network.installation has the pool %s of %s, smaller than one of its blocks, /%d: no pod would get an address" $pool.name $pool.cidr (int $pool.blockSize)) -}}
      {{- end -}}
    {{- end -}}
    {{- $bgp := .Values.network.bgpConfiguration -}}
    {{- $secret := dig "nodeMeshPassword" "secretKeyRef" "name" "" $bgp -}}
    {{- if and $secret (ne $secret (default "" .Values.network.passwordSecretName)) -}}
      {{- fail (printf "network.bgpConfiguration.nodeMeshPassword is in the Secret %s, but calico-node may read only the Secret of network.passwordSecretName: sessions between nodes would have no password" $secret) -}}
    {{- end -}}
    {{- if and (or $bgp.nodeMeshPassword $bgp.nodeMeshMaxRestartTime) (not $bgp.nodeToNodeMeshEnabled) -}}
      {{- fail "network.bgpConfiguration has nodeMeshPassword or nodeMeshMaxRestartTime without nodeToNodeMeshEnabled: true, which Kubernetes refuses" -}}
    {{- end -}}
    {{- $seen := dict -}}
    {{- range $name, $peer := .Values.network.bgpPeers -}}
      {{- range $filter := $peer.filters -}}
        {{- if not (hasKey $.Values.network.bgpFilters $filter) -}}
          {{- fail (printf "network.bgpPeers.%s names the filter %s, which is not in network.bgpFilters: Calico would accept and announce every route" $name $filter) -}}
        {{- end -}}
      {{- end -}}
      {{- if and $bgp.nodeToNodeMeshEnabled (ne $peer.nodeSelector "all()") -}}
        {{- fail (printf "network.bgpConfiguration.nodeToNodeMeshEnabled is true, but network.bgpPeers.%s is for some of the nodes only: nodes of different networks cannot be next hops of each other" $name) -}}
      {{- end -}}
      {{- if hasKey $seen $peer.peerIP -}}
        {{- fail (printf "network.bgpPeers.%s and network.bgpPeers.%s have the same peerIP, %s: Calico would use one of them and ignore the other" (get $seen $peer.peerIP) $name $peer.peerIP) -}}
      {{- end -}}
      {{- $_ := set $seen $peer.peerIP $name -}}
      {{- $secret := dig "password" "secretKeyRef" "name" "" $peer -}}
      {{- if and $secret (ne $secret (default "" $.Values.network.passwordSecretName)) -}}
        {{- fail (printf "network.bgpPeers.%s takes its password from the Secret %s, but calico-node may read only the Secret of network.passwordSecretName: its session would have no password" $name $secret) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
