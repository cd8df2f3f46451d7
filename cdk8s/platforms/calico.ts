/**
 * What is true of Calico as Tigera's operator runs it: names that nobody chooses, the length of a selector, and how its rules
 * go together with those of kube-proxy.
 */
import type { KubeProxyMode } from './distributions/distribution.ts';

/** The namespace that the operator makes, and takes over (docs/facts.md#namespace-calico-system). */
export const CALICO_NAMESPACE = 'calico-system';

/** The DaemonSet that speaks BGP on every node, and its ServiceAccount. */
export const CALICO_NODE = 'calico-node';

/**
 * The name that Calico gives its network in its conflist: what Multus looks for (docs/facts.md#the-cluster-network-by-name),
 * and what no attachment may be called.
 */
export const CLUSTER_NETWORK = 'k8s-pod-network';

/** What Calico writes into a node's folder of CNI configurations. */
export const CALICO_CONFLIST = '10-calico.conflist';
export const CALICO_KUBECONFIG = 'calico-kubeconfig';

/**
 * From which minor version on calico-node itself answers ARP for its pods on the node's own network (FelixConfiguration,
 * `localSubnetL2Reachability`; docs/facts.md#arp-for-pods).
 */
export const ANSWERS_ARP_SINCE = 33;

/** Characters of a node selector that its API takes at most (docs/facts.md#length-of-a-node-selector). */
export const LONGEST_SELECTOR = 1024;

/**
 * How Felix writes its rules, by kube-proxy's mode: rules of one kind beside those of the other are evaluated in an order
 * that neither knows. By `Nftables` the operator means Felix' `Auto`, which looks at kube-proxy's rules on each node, every
 * 15 s, and goes along (tigera/operator v1.42.3, setNftablesMode; projectcalico/calico v3.32.1, int_dataplane.go).
 */
export const dataplanes = {
  iptables: { linuxDataplane: 'Iptables', nftablesMode: 'Disabled' },
  nftables: { linuxDataplane: 'Nftables', nftablesMode: 'Auto' },
} as const satisfies Record<KubeProxyMode, object>;
