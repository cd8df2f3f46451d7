/** The name of Calico's network in its conflist. Multus looks for it, and no attachment may have this name. */
export const CLUSTER_NETWORK = 'k8s-pod-network';
