import type { DhcpServerTraits } from './dhcp-server.ts';

export const routeros: DhcpServerTraits = {
  leases: '`/ip dhcp-server lease print`',
  reservesInRange: true,
};
