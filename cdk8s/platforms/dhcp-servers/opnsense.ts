import type { DhcpServerTraits } from './dhcp-server.ts';

export const opnsense: DhcpServerTraits = {
  leases: 'Services > DHCP: Leases',
  reservesInRange: true,
};
