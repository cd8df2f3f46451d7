/**
 * What is true of one hypervisor, as data: one file each beside this one. Rules name the remedy of a node from here, STEPS
 * what its hypervisor has to be told.
 */

export interface HypervisorTraits {
  /** Whether there is a virtual switch below the node: it hands out VLANs and has an MTU of its own. */
  readonly virtual: boolean;
  /**
   * How it is told to pass frames with another MAC address than the machine's own, which pods on a bridge send: a sentence
   * without its stop, for the machine of this name. Undefined: nothing filters.
   */
  readonly passMacs: ((machine: string) => string) | undefined;
}
