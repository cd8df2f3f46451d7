/** A UniFi gateway: it runs FRR with a file that its console takes. */
import { multipath } from './linux.ts';
import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';

export const unifi: RouterTraits = {
  title: 'UniFi',
  save: 'Settings > System > Backups: download one',
  restore: 'Settings > Routing > BGP: remove the configuration',
  neighbors: "`vtysh -c 'show bgp summary'` (by SSH)",
  ...summary,
  routes: "`vtysh -c 'show ip route bgp'`",
  discard: (subnet) => `in the FRR file: \`ip route ${String(subnet)} blackhole 254\``,
  passAsymmetric: ({ from, to }) =>
    `on the UniFi gateway add a firewall policy, Internal to Internal, that allows source ${String(from)} to destination ${to.join(' and ')} in every connection state, Invalid included, above "Block Invalid Traffic"`,
  dhcpServer: 'unifi',
  multipath,
};
