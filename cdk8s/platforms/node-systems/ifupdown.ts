/** ifupdown, of Debian (interfaces(5), dhclient.conf(5)). */
import { SYSCTL_FILES, type NodeSystemTraits } from './node-system.ts';

export const ifupdown: NodeSystemTraits = {
  title: 'ifupdown',
  sysctlsAt: SYSCTL_FILES,
  ignoreDhcpDns: undefined,
  withoutAddress: '`iface <bridge> inet manual`, and no `inet6`',
  ignoreDhcpRouter: 'take `routers` out of `request` in `/etc/dhcp/dhclient.conf` for that interface',
  leaveAlone: undefined,
  sourceRulesAt: undefined,
  trial: undefined,
};
