/** netplan (netplan-try(8)). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const netplan: NodeSystemTraits = {
  title: 'netplan',
  sysctls: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  sourceRules: undefined,
  trial: 'netplan try',
};
