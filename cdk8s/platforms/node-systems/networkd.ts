/**
 * systemd-networkd. systemd.network(5): [DHCPv4] UseDNS=, UseGateway=, [RoutingPolicyRule]; networkd.conf(5): ManageForeign...=,
 * without which it removes routes and rules of others when it starts again (systemd#25451).
 */
import { MANAGE_NO_FOREIGN, SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const networkd: NodeSystemTraits = {
  title: 'systemd-networkd',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: 'UseDNS=no',
  withoutAddress: '`DHCP=no`, `LinkLocalAddressing=no`, `IPv6AcceptRA=no`',
  ignoreDhcpRouter: '`UseGateway=no`',
  leaveAlone: MANAGE_NO_FOREIGN,
  sourceRulesAt: '[RoutingPolicyRule]',
  trial: undefined,
};
