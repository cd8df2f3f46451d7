/** What is true of every Kubernetes, whatever distributes it (kubernetes.io, "Well-Known Labels, Annotations and Taints"). */

/** The name of the label that says of a node that it is a control plane, and of the taint that keeps pods off it. */
export const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';

/** The API server's port in every distribution here, unless somebody chooses another. */
export const API_PORT = 6443;

/** The label with a node's name that every kubelet sets: nobody has to. */
export const HOSTNAME = 'kubernetes.io/hostname';
