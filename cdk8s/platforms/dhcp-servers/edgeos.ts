import type { DhcpServerTraits } from './dhcp-server.ts';

export const edgeos: DhcpServerTraits = {
  leases: '`show dhcp leases`',
  reservesInRange: true,
};
