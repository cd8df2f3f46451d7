import { linux } from './linux.ts';
import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';

export const frr: RouterTraits = {
  title: 'FRR',
  save: '`cp -a /etc/frr/frr.conf /etc/frr/frr.conf.before-flatlan`',
  restore: '`frr-reload.py --reload /etc/frr/frr.conf.before-flatlan`, then copy that file back',
  neighbors: "`vtysh -c 'show bgp summary'`",
  ...summary,
  routes: "`vtysh -c 'show ip route bgp'`",
  discard: (subnet) => `in FRR: \`ip route ${String(subnet)} blackhole 254\``,
  ...linux,
};
