/** The name that Calico gives its network, in its conflist: what Multus looks for, and what no attachment may be called. */
export const CLUSTER_NETWORK = 'k8s-pod-network';
