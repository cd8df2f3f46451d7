import { CLUSTER_NETWORK } from '../calico.ts';
import type { CniTraits } from './cni.ts';

/**
 * flannel between nodes, Calico's plugin and policies on them (projectcalico/calico, manifests/canal.yaml); RKE2 brings it
 * as rke2-canal, with the same file and name.
 */
export const canal: CniTraits = {
  title: 'Canal',
  network: CLUSTER_NETWORK,
  conf: '10-canal.conflist',
  folders: undefined,
  distribution: undefined,
  settings: [],
  notes: [],
};
