/** NetworkManager. */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkmanager: NodeSystemTraits = {
  title: 'NetworkManager',
  sysctls: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  sourceRules: undefined,
  trial: undefined,
};
