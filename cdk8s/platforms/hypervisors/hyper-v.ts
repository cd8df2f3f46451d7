/** Hyper-V (Microsoft, Set-VMNetworkAdapter, -MacAddressSpoofing). */
import type { HypervisorTraits } from './hypervisor.ts';

export const hyperV: HypervisorTraits = {
  virtual: true,
  passMacs: (machine) =>
    `in PowerShell on the Hyper-V host: Get-VMNetworkAdapter -VMName ${machine} | Set-VMNetworkAdapter -MacAddressSpoofing On`,
};
