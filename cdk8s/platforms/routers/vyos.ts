import { multipath } from './linux.ts';
import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';
import { each, vyatta } from './vyatta.ts';

export const vyos: RouterTraits = {
  title: 'VyOS',
  ...vyatta,
  neighbors: '`show bgp summary`',
  ...summary,
  // VyOS documentation, system conntrack: 1.4 and newer.
  passAsymmetric: ({ from, to }) =>
    `on VyOS: ${each(to, (subnet, index) => `set system conntrack ignore ipv4 rule ${index + 10} source address ${String(from)}; set system conntrack ignore ipv4 rule ${index + 10} destination address ${String(subnet)}`)}; and accept both before any rule that matches state invalid`,
  dhcpServer: 'vyos',
  multipath,
  // vyos-1x, `protocols bgp timers holdtime`: 4 to 65535.
  shortestHold: 4,
};
