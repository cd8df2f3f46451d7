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
};
