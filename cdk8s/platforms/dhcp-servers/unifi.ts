import type { DhcpServerTraits } from './dhcp-server.ts';

export const unifi: DhcpServerTraits = {
  leases: 'Client Devices in the UniFi console',
  reservesInRange: true,
};
