/**
 * Another network plugin, or another giver of load balancer addresses, on a cluster that is to get flatlan's network. Once
 * an Installation is there the question is answered: what runs is not stopped for what somebody adds.
 */
import { GUIDE } from './guide.ts';

/** By the names of DaemonSets in upstream's manifests and charts, in RKE2 and in Talos. */
const plugins: Readonly<Record<string, string>> = {
  'kube-flannel-ds': 'flannel',
  'kube-flannel': 'flannel',
  canal: 'Canal',
  'rke2-canal': 'Canal',
  cilium: 'Cilium',
  'kube-router': 'kube-router',
  'calico-node': 'Calico by manifest',
  'weave-net': 'Weave Net',
  'antrea-agent': 'Antrea',
  kindnet: 'kindnet',
  'kube-ovn-cni': 'Kube-OVN',
  'ovnkube-node': 'OVN-Kubernetes',
};

/** What the operator leaves for a while after its Installation. */
const OURS = 'calico-system/calico-node';

/** flannel inside k3s is no DaemonSet; like any flannel it says on each node that it is there (pkg/subnet/kube). */
const FLANNEL = 'flannel.alpha.coreos.com/kube-subnet-manager';

/** k3s' ServiceLB: a DaemonSet for each Service of type LoadBalancer (k3s-io/k3s pkg/cloudprovider/servicelb.go). */
const SERVICE_LB = 'svclb-';

export function otherNetworks(): string {
  const pairs = Object.entries(plugins).map(([name, title]) => `"${name}" "${title}"`);
  return `{{- if and $live (or $operators $network) (not $installation) -}}
  {{- $plugins := dict ${pairs.join(' ')} -}}
  {{- range (lookup "apps/v1" "DaemonSet" "" "").items -}}
    {{- $where := printf "%s/%s" .metadata.namespace .metadata.name -}}
    {{- if and (hasKey $plugins .metadata.name) (ne $where "${OURS}") -}}
      {{- fail (printf "this cluster has the network of %s, DaemonSet %s: two network plugins break each other, so start a new cluster without one, or take it away first (${GUIDE})" (get $plugins .metadata.name) $where) -}}
    {{- end -}}
    {{- if hasPrefix "${SERVICE_LB}" .metadata.name -}}
      {{- fail (printf "Services of this cluster get addresses from k3s' ServiceLB, DaemonSet %s, and would get others from MetalLB: give servers \`disable: [servicelb]\` and restart them first" $where) -}}
    {{- end -}}
  {{- end -}}
  {{- range (lookup "v1" "Node" "" "").items -}}
    {{- if dig "metadata" "annotations" "${FLANNEL}" "" . -}}
      {{- fail (printf "this cluster has the network of flannel, as node %s says: start a new cluster with \`flannel-backend: none\` (${GUIDE}); where flannel is gone already, kubectl annotate nodes --all ${FLANNEL}-" .metadata.name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
