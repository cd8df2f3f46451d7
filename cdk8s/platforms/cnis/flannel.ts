import type { CniTraits } from './cni.ts';

/** The network's name in flannel's configuration, also where k3s makes it. */
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
