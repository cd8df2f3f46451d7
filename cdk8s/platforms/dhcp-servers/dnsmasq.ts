import type { DhcpServerTraits } from './dhcp-server.ts';

export const dnsmasq: DhcpServerTraits = {
  leases: 'the lease file of its DHCP server (dnsmasq: `cat /var/lib/misc/dnsmasq.leases`)',
  reservesInRange: true,
};
