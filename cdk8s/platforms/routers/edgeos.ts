import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';
import { each, vyatta } from './vyatta.ts';

export const edgeos: RouterTraits = {
  title: 'EdgeOS',
  ...vyatta,
  neighbors: '`show ip bgp summary`',
  ...summary,
  // A rule number below those of the rules for state established and invalid.
  passAsymmetric: ({ from, to }) =>
    `on the EdgeRouter, in the firewall ruleset for direction "in" of that interface (often LAN_IN; without one nothing is dropped), before its rules that match a state: ${each(to, (subnet, index) => `set firewall name LAN_IN rule ${index + 1} action accept; set firewall name LAN_IN rule ${index + 1} source address ${String(from)}; set firewall name LAN_IN rule ${index + 1} destination address ${String(subnet)}`)}`,
  dhcpServer: 'edgeos',
  // metallb/metallb#720, #926: version 1 rejects a route of several next hops, or spreads single packets.
  multipath: {
    paths: 1,
    note: () =>
      'EdgeOS 1 rejects routes of several next hops or spreads the packets of one connection over them; with EdgeOS 2 you may allow more',
  },
};
