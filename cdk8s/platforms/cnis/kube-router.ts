import type { CniTraits } from './cni.ts';

export const kubeRouter: CniTraits = {
  title: 'kube-router',
  network: 'mynet',
  conf: '10-kuberouter.conflist',
  folders: undefined,
  distribution: undefined,
  settings: [],
  notes: [],
};
