/** ifupdown, of Debian (interfaces(5)). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const ifupdown: NodeSystemTraits = {
  title: 'ifupdown',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  sourceRulesAt: undefined,
  trial: undefined,
};
