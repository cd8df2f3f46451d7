/** VMware vSphere (vSphere Networking, security policy of a standard switch and of a distributed port group). */
import type { HypervisorTraits } from './hypervisor.ts';

export const vmware: HypervisorTraits = {
  virtual: true,
  passMacs: (machine) =>
    `in the port group of VM ${machine}, Security: set "Promiscuous mode" and "Forged transmits" to Accept (on a distributed switch MAC learning can replace promiscuous mode)`,
};
