import type { CniTraits } from './cni.ts';

/**
 * The network's name and file: flannel-io/flannel, Documentation/kube-flannel.yml; k3s writes the same (k3s-io/k3s,
 * pkg/agent/flannel/setup.go and setup_linux.go).
 */
export const FLANNEL_NETWORK = 'cbr0';
export const FLANNEL_CONF = '10-flannel.conflist';

export const flannel: CniTraits = {
  title: 'flannel',
  network: FLANNEL_NETWORK,
  conf: FLANNEL_CONF,
  folders: undefined,
  distribution: undefined,
  settings: [],
  notes: [],
};
