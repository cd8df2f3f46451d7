/** The network layer's values: whole, and free of what Calico accepts and then breaks on, or ignores in silence. */

export function networkValues(): string {
  return `{{- if $network -}}
  {{- /* Whole values or none: half a network is worse than the old one. */ -}}
  {{- $absent := list -}}
  {{- range $key := list "installation" "bgpConfiguration" "bgpFilters" "bgpPeers" "felixConfiguration" "kubeControllersConfiguration" "cluster" -}}
    {{- if empty (index $.Values.network $key) }}{{ $absent = append $absent $key }}{{ end -}}
  {{- end -}}
  {{- if $absent -}}
    {{- $whole = false -}}
    {{- fail (printf "the network layer has no network.%s: add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan" (first $absent)) -}}
  {{- else -}}
    {{- /* What Calico accepts and then breaks on, or ignores in silence (docs/facts.md#what-the-api-lets-through). */ -}}
    {{- range $pool := .Values.network.installation.calicoNetwork.ipPools -}}
      {{- if gt (int (last (splitList "/" $pool.cidr))) (int $pool.blockSize) -}}
        {{- fail (printf "network.installation has the pool %s of %s, smaller than one of its blocks, /%d: no pod would get an address" $pool.name $pool.cidr (int $pool.blockSize)) -}}
      {{- end -}}
    {{- end -}}
    {{- $seen := dict -}}
    {{- range $name, $peer := .Values.network.bgpPeers -}}
      {{- range $filter := $peer.filters -}}
        {{- if not (hasKey $.Values.network.bgpFilters $filter) -}}
          {{- fail (printf "network.bgpPeers.%s names the filter %s, which is not in network.bgpFilters: Calico would take and offer every route" $name $filter) -}}
        {{- end -}}
      {{- end -}}
      {{- if hasKey $seen $peer.peerIP -}}
        {{- fail (printf "network.bgpPeers.%s and network.bgpPeers.%s have one peerIP, %s: Calico would take one of them and ignore the other" (get $seen $peer.peerIP) $name $peer.peerIP) -}}
      {{- end -}}
      {{- $_ := set $seen $peer.peerIP $name -}}
      {{- $secret := dig "password" "secretKeyRef" "name" "" $peer -}}
      {{- if and $secret (ne $secret (default "" $.Values.network.passwordSecretName)) -}}
        {{- fail (printf "network.bgpPeers.%s takes its password from the Secret %s, which only network.passwordSecretName lets calico-node read: its session would run without a password" $name $secret) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
