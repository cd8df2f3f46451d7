import { pf } from './pf.ts';
import type { RouterTraits } from './router.ts';
import { summary } from './summary.ts';

export const opnsense: RouterTraits = {
  title: 'OPNsense with os-frr',
  save: 'System > Configuration > Backups: download one',
  restore: 'System > Configuration > Backups: restore it',
  neighbors: 'Routing > Diagnostics > BGP',
  ...summary,
  routes: 'Routing > Diagnostics > General: routes',
  ...pf('OPNsense'),
  dhcpServer: 'opnsense',
  // opnsense/plugins#5340, merged in March 2026: the field for maximum-paths.
  multipath: {
    paths: 1,
    note: () =>
      'os-frr has a field for more (maximum paths) only since March 2026; allow more once you see them in the routing table',
  },
  // opnsense/plugins#1972, #3508; FRRouting/frr#1479.
  passwordNote: ({ local }) =>
    `FreeBSD keeps it in its kernel's key table: besides "BGP MD5 Password", set "Local Initiator IP" of each neighbor to ${String(local)}, or no session comes up. A peer group has no password (opnsense/plugins#5717), so each node is a neighbor of its own`,
};
