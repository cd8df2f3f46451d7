/** Proxmox VE (pve-firewall(8), VM options: macfilter, default 1). */
import type { HypervisorTraits } from './hypervisor.ts';

export const proxmox: HypervisorTraits = {
  virtual: true,
  passMacs: (machine) =>
    `on the Proxmox host, VM ${machine}, Firewall > Options: set "MAC filter" to No (macfilter: 0 in /etc/pve/firewall/<VMID>.fw), or turn the firewall of that network device off`,
};
