/** How hypervisors are told to pass frames of bridged pods. */
import type { NodeHost } from './network/underlay.ts';

/** How each hypervisor is told to pass frames that carry another MAC address than the machine's own. */
const settings: Readonly<Record<string, (node: string) => string>> = {
  // Microsoft, Set-VMNetworkAdapter, -MacAddressSpoofing.
  'hyper-v': (node) =>
    `in PowerShell on the Hyper-V host: Get-VMNetworkAdapter -VMName ${node} | Set-VMNetworkAdapter -MacAddressSpoofing On`,
  // Proxmox VE, pve-firewall(8), VM options: macfilter, default 1.
  proxmox: (node) =>
    `on the Proxmox host, VM ${node}, Firewall > Options: set "MAC filter" to No (macfilter: 0 in /etc/pve/firewall/<VMID>.fw), or leave the firewall of that network device off`,
  // VMware vSphere Networking, security policy of a standard switch and of a distributed port group.
  vmware: (node) =>
    `in the port group of VM ${node}, Security: set "Promiscuous mode" and "Forged transmits" to Accept (on a distributed switch MAC learning can replace promiscuous mode)`,
};

/** What to do for this node, as a sentence; undefined where nothing filters. */
export function passMacs(host: NodeHost, node: string): string | undefined {
  return settings[host]?.(node);
}
