/** No hypervisor: the node's port is the switch's. */
import type { HypervisorTraits } from './hypervisor.ts';

export const metal: HypervisorTraits = { virtual: false, passMacs: undefined };
