/** systemd-networkd (systemd.network(5): [DHCPv4] UseDNS=, [RoutingPolicyRule]). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkd: NodeSystemTraits = {
  title: 'systemd-networkd',
  sysctls: SYSCTL_FILES,
  ignoreDhcpDns: 'UseDNS=no',
  sourceRules: '[RoutingPolicyRule]',
  trial: undefined,
};
