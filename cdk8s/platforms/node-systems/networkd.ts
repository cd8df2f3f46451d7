/** systemd-networkd (systemd.network(5): [DHCPv4] UseDNS=, [RoutingPolicyRule]). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkd: NodeSystemTraits = {
  title: 'systemd-networkd',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: 'UseDNS=no',
  sourceRulesAt: '[RoutingPolicyRule]',
  trial: undefined,
};
