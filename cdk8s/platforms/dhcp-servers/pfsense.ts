import type { DhcpServerTraits } from './dhcp-server.ts';

export const pfsense: DhcpServerTraits = {
  leases: 'Status > DHCP Leases',
  // docs.netgate.com, pfSense, "DHCPv4 Configuration", static mappings: outside of the address pool range.
  reservesInRange: false,
};
