/**
 * Calico and kube-proxy must both use iptables or both nftables. kube-proxy's mode is in its ConfigMap (kubeadm) or in its DaemonSet's
 * arguments (Talos); k3s and RKE2 run it inside themselves or as a static pod, where STEPS.md has a command to look.
 */
import { dataplanes } from '../../platforms/calico.ts';

const { iptables, nftables } = dataplanes;

export function dataplane(): string {
  return `{{- if $whole -}}
  {{- $dataplane := .Values.network.installation.calicoNetwork.linuxDataplane -}}
  {{- $mode := .Values.network.felixConfiguration.nftablesMode -}}
  {{- $wanted := get (dict "${iptables.linuxDataplane}" "${iptables.nftablesMode}" "${nftables.linuxDataplane}" "${nftables.nftablesMode}") $dataplane -}}
  {{- if ne $mode $wanted -}}
    {{- fail (printf "network.felixConfiguration.nftablesMode is %s and network.installation.calicoNetwork.linuxDataplane is %s, with which the operator writes %s: write nftablesMode: %s" $mode $dataplane $wanted $wanted) -}}
  {{- end -}}
  {{- if and $live (eq $dataplane "${iptables.linuxDataplane}") -}}
    {{- $config := dig "data" "config.conf" "" (lookup "v1" "ConfigMap" "kube-system" "kube-proxy") -}}
    {{- $arguments := list -}}
    {{- range $container := (dig "spec" "template" "spec" "containers" list (lookup "apps/v1" "DaemonSet" "kube-system" "kube-proxy")) -}}
      {{- $arguments = concat $arguments (default list $container.command) (default list $container.args) -}}
    {{- end -}}
    {{- if or (regexMatch "(?m)^mode: *[\\"']?nftables\\\\b" $config) (has "--proxy-mode=nftables" $arguments) -}}
      {{- fail "kube-proxy uses nftables, but network.installation.calicoNetwork.linuxDataplane is ${iptables.linuxDataplane}: set kube-proxy's mode to iptables, or linuxDataplane: ${nftables.linuxDataplane} with network.felixConfiguration.nftablesMode: ${nftables.nftablesMode}" -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
