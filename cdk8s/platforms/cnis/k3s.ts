import type { CniTraits } from './cni.ts';
import { FLANNEL_CONF, FLANNEL_NETWORK } from './flannel.ts';

/**
 * With its own network k3s tells containerd its own folders; without it (flannel-backend: none) the usual ones. The plugins' folder
 * is the same for all versions since late 2024 (docs.k3s.io, "Multus and IPAM plugins"). What an upgrade of k3s does there with a
 * plugin that is not its own has not been tried.
 */
export const k3s: CniTraits = {
  title: "k3s' own network (flannel)",
  network: FLANNEL_NETWORK,
  conf: FLANNEL_CONF,
  folders: { confDir: '/var/lib/rancher/k3s/agent/etc/cni/net.d', binDir: '/var/lib/rancher/k3s/data/cni' },
  distribution: 'k3s',
  settings: [],
  notes: [
    'k3s from before November 2024 has its plugins in `/var/lib/rancher/k3s/data/current/bin`, which changes with each upgrade: upgrade it first.',
  ],
};
