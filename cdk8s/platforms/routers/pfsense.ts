import { pf } from './pf.ts';
import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';

export const pfsense: RouterTraits = {
  title: 'pfSense with the FRR package',
  save: 'Diagnostics > Backup & Restore: download one',
  restore: 'Diagnostics > Backup & Restore: restore it',
  neighbors: 'Status > FRR > BGP',
  ...summary,
  routes: 'Status > FRR > Zebra: routes',
  ...pf('pfSense'),
  dhcpServer: 'pfsense',
  multipath: {
    paths: 1,
    note: () =>
      'several next hops of one route are in doubt with FRR on FreeBSD; allow more once you see them in the routing table',
  },
  // docs.netgate.com, packages/frr/bgp/config-neighbor: Password Type; FRRouting/frr#1479.
  passwordNote: () =>
    'FreeBSD keeps it in its kernel\'s key table: choose the password type "FRR and setkey, Bidirectional" at each neighbor, or no session comes up',
};
