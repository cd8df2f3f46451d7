import type { CniTraits } from './cni.ts';
import { FLANNEL_CONF, FLANNEL_NETWORK } from './flannel.ts';

export const k3s: CniTraits = {
  title: "k3s' own network (flannel)",
  network: FLANNEL_NETWORK,
  conf: FLANNEL_CONF,
  folders: { confDir: '/var/lib/rancher/k3s/agent/etc/cni/net.d', binDir: '/var/lib/rancher/k3s/data/cni' },
  distribution: 'k3s',
  settings: [],
  notes: [],
};
