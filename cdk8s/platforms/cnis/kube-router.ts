import type { CniTraits } from './cni.ts';

/**
 * Its file and name stand in its manifests (cloudnativelabs/kube-router, daemonset/kubeadm-kuberouter.yaml); its first start
 * on a node removes files that end in .conf, which is before Multus has one.
 */
export const kubeRouter: CniTraits = {
  title: 'kube-router',
  network: 'mynet',
  conf: '10-kuberouter.conflist',
  folders: undefined,
  distribution: undefined,
  settings: [],
  notes: [],
};
