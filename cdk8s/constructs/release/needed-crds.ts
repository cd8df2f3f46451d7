/** The CRDs that the releases stand on: one list for guards, Flux' gates, `helm test` and STEPS. */
import { ATTACHMENT_CRD } from './attachment-crd.ts';

/** Those that the network layer needs; the operators layer brings them. */
export const neededCrds = [
  'installations.operator.tigera.io',
  'bgpconfigurations.projectcalico.org',
  'bgpfilters.projectcalico.org',
  'bgppeers.projectcalico.org',
  'felixconfigurations.projectcalico.org',
  'ipreservations.projectcalico.org',
  'kubecontrollersconfigurations.projectcalico.org',
  'ipaddresspools.metallb.io',
] as const;

/** All CRDs that the operators layer brings, by itself or by what it starts. */
export const operatorsCrds = [...neededCrds, ATTACHMENT_CRD];
