/** netplan (netplan-try(8)). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const netplan: NodeSystemTraits = {
  title: 'netplan',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  sourceRulesAt: undefined,
  trial: 'netplan try',
};
