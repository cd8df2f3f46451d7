/** The CNI network of bridged pods, which is flatlan's own: each node's conflist has this name, in this file. */
export const BRIDGE_NETWORK = 'flatlan';
export const BRIDGE_CONFLIST = '10-flatlan.conflist';
