/** Talos (docs.siderolabs.com, machine configuration v1alpha1): the whole node has one file. */
import type { NodeSystemTraits } from './node-system.ts';

export const talos: NodeSystemTraits = {
  title: 'Talos',
  sysctlsAt: 'under `machine.sysctls`',
  ignoreDhcpDns: undefined,
  withoutAddress: '`dhcp: false`, and no `addresses`',
  ignoreDhcpRouter: 'it takes every route of a lease; `dhcpOptions: {routeMetric: 4096}` makes that one lose',
  leaveAlone: undefined,
  sourceRulesAt: undefined,
  trial: undefined,
};
