/**
 * DHCP servers by name. A new one needs its file, its line here, and a router that names it (`dhcpServer` in
 * ../routers/): plans name none.
 */
import type { DhcpServerTraits } from './dhcp-server.ts';
import { dnsmasq } from './dnsmasq.ts';
import { edgeos } from './edgeos.ts';
import { opnsense } from './opnsense.ts';
import { pfsense } from './pfsense.ts';
import { routeros } from './routeros.ts';
import { unifi } from './unifi.ts';
import { vyos } from './vyos.ts';

export type * from './dhcp-server.ts';

export const dhcpServers = { dnsmasq, unifi, pfsense, opnsense, edgeos, vyos, routeros } satisfies Record<
  string,
  DhcpServerTraits
>;

export type DhcpServer = keyof typeof dhcpServers;
