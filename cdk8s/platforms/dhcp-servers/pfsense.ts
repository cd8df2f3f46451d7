import type { DhcpServerTraits } from './dhcp-server.ts';

export const pfsense: DhcpServerTraits = {
  leases: 'Status > DHCP Leases',
};
