import type { DhcpServerTraits } from './dhcp-server.ts';

export const vyos: DhcpServerTraits = {
  leases: '`show dhcp server leases`',
  reservesInRange: true,
};
