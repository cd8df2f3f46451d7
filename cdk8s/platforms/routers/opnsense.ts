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
};
