/** Talos (docs.siderolabs.com, machine configuration v1alpha1): the whole node has one file. */
import type { NodeSystemTraits } from './node-system.ts';

export const talos: NodeSystemTraits = {
  title: 'Talos',
  sysctlsAt: 'under `machine.sysctls`',
  ignoreDhcpDns: undefined,
  sourceRulesAt: undefined,
  trial: undefined,
};
