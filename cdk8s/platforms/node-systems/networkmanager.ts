/** NetworkManager. */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkmanager: NodeSystemTraits = {
  title: 'NetworkManager',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  sourceRulesAt: undefined,
  trial: undefined,
};
