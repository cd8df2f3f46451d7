/**
 * Another network plugin, or another controller of load balancer addresses, on a cluster that is to get flatlan's network. Not
 * checked once there is an Installation, or the record of a plan without Calico: a running network is not stopped because of
 * something that was added.
 */
import { GUIDE } from './guide.ts';
import { CALICO_NAMESPACE, CALICO_NODE } from '../../platforms/calico.ts';

/** By the names of DaemonSets in upstream's manifests and charts, in RKE2 and in Talos. */
const plugins: Readonly<Record<string, string>> = {
  'kube-flannel-ds': 'flannel',
  'kube-flannel': 'flannel',
  canal: 'Canal',
  'rke2-canal': 'Canal',
  cilium: 'Cilium',
  'kube-router': 'kube-router',
  [CALICO_NODE]: 'Calico by manifest',
  'weave-net': 'Weave Net',
  'antrea-agent': 'Antrea',
  kindnet: 'kindnet',
  'kube-ovn-cni': 'Kube-OVN',
  'ovnkube-node': 'OVN-Kubernetes',
};

/** The DaemonSet that remains for a while after its Installation was deleted. */
const OURS = `${CALICO_NAMESPACE}/${CALICO_NODE}`;

/** flannel inside k3s is no DaemonSet; like any flannel it says on each node that it is there (pkg/subnet/kube). */
const FLANNEL = 'flannel.alpha.coreos.com/kube-subnet-manager';

/** k3s' ServiceLB: a DaemonSet for each Service of type LoadBalancer (k3s-io/k3s pkg/cloudprovider/servicelb.go). */
const SERVICE_LB = 'svclb-';

export function otherNetworks(): string {
  const pairs = Object.entries(plugins).map(([name, title]) => `"${name}" "${title}"`);
  return `{{- if and $live (or $operators $calico (eq $mode "bridged")) (not $installation) (not $record) -}}
  {{- $plugins := dict ${pairs.join(' ')} -}}
  {{- range (lookup "apps/v1" "DaemonSet" "" "").items -}}
    {{- $where := printf "%s/%s" .metadata.namespace .metadata.name -}}
    {{- if and (hasKey $plugins .metadata.name) (ne $where "${OURS}") -}}
      {{- fail (printf "this cluster has the network plugin %s, DaemonSet %s: two network plugins break each other, so start a new cluster without one, or remove it first (${GUIDE})" (get $plugins .metadata.name) $where) -}}
    {{- end -}}
    {{- if and (not $mode) (hasPrefix "${SERVICE_LB}" .metadata.name) -}}
      {{- fail (printf "Services of this cluster get addresses from ServiceLB of k3s, DaemonSet %s, and would get others from MetalLB: set \`disable: [servicelb]\` on the servers and restart them first" $where) -}}
    {{- end -}}
  {{- end -}}
  {{- range (lookup "v1" "Node" "" "").items -}}
    {{- if dig "metadata" "annotations" "${FLANNEL}" "" . -}}
      {{- fail (printf "this cluster has the network plugin flannel (annotation of node %s): start a new cluster with \`flannel-backend: none\` (${GUIDE}); if flannel is already removed, run kubectl annotate nodes --all ${FLANNEL}-" .metadata.name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
