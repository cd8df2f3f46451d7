/**
 * Calico speaks BGP from a node's InternalIP, which is what the kubelet was told or took by itself. Looked at before that
 * begins: at an install, and at the upgrade of a network that found its nodes' addresses another way. Later a node with a
 * wrong address is its own affair and holds up nobody else's change.
 */

export function nodeAddresses(): string {
  return `{{- if $whole -}}
  {{- $method := .Values.network.installation.calicoNetwork.nodeAddressAutodetectionV4 -}}
  {{- if ne (toJson $method) "{\\"kubernetes\\":\\"NodeInternalIP\\"}" -}}
    {{- fail (printf "network.installation.calicoNetwork.nodeAddressAutodetectionV4 is %s, with which Calico may use the address of a virtual or a second interface: write {kubernetes: NodeInternalIP}, and set node-ip on every node" (toJson $method)) -}}
  {{- end -}}
  {{- if $live -}}
    {{- $running := lookup "operator.tigera.io/v1" "Installation" "" "default" -}}
    {{- if ne (dig "spec" "calicoNetwork" "nodeAddressAutodetectionV4" "kubernetes" "" $running) "NodeInternalIP" -}}
      {{- range $node := (lookup "v1" "Node" "" "").items -}}
        {{- $internal := "" -}}
        {{- range $address := (dig "status" "addresses" list $node) -}}
          {{- if and (eq $address.type "InternalIP") (contains "." $address.address) (not $internal) }}{{ $internal = $address.address }}{{ end -}}
        {{- end -}}
        {{- $name := dig "metadata" "labels" "kubernetes.io/hostname" $node.metadata.name $node -}}
        {{- $planned := get (default dict $.Values.network.nodeAddresses) $name -}}
        {{- $speaking := first (splitList "/" (dig "metadata" "annotations" "projectcalico.org/IPv4Address" "" $node)) -}}
        {{- $remedy := "set its node-ip (STEPS.md, the Kubernetes step) and restart its kubelet" -}}
        {{- if and $planned (ne $planned $internal) -}}
          {{- fail (printf "node %s has the InternalIP %s, which Calico would use for BGP, but its address in the plan is %s on the network of its pods: %s" $name (default "(none)" $internal) $planned $remedy) -}}
        {{- end -}}
        {{- if and $speaking (ne $speaking $internal) -}}
          {{- fail (printf "node %s uses %s for BGP, but has the InternalIP %s, which Calico would use from now on: %s" $name $speaking (default "(none)" $internal) $remedy) -}}
        {{- end -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
