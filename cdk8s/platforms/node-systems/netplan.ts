/** netplan, with networkd below it (netplan-try(8), netplan(5): link-local, accept-ra, dhcp4-overrides). */
import { MANAGE_NO_FOREIGN, SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const netplan: NodeSystemTraits = {
  title: 'netplan',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  withoutAddress: '`dhcp4: false`, `dhcp6: false`, `accept-ra: false`, `link-local: []`',
  ignoreDhcpRouter: '`dhcp4-overrides: {use-routes: false}`',
  leaveAlone: MANAGE_NO_FOREIGN,
  sourceRulesAt: undefined,
  trial: 'netplan try',
};
