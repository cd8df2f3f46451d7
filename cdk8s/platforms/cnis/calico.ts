import { CALICO_CONFLIST, CLUSTER_NETWORK } from '../calico.ts';
import type { CniTraits } from './cni.ts';

/** Somebody else's Calico, by operator or by manifest: flatlan touches none of its objects. */
export const calico: CniTraits = {
  title: 'Calico',
  network: CLUSTER_NETWORK,
  conf: CALICO_CONFLIST,
  folders: undefined,
  distribution: undefined,
  settings: [],
  notes: [],
};
