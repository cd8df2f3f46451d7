/** What routing daemons on an ordinary Linux system have in common: firewall and DHCP server are the system's. */
import type { RouterTraits } from './router.ts';

export const linux: Pick<RouterTraits, 'firewall' | 'passAsymmetric' | 'dhcpServer'> = {
  firewall: 'host',
  passAsymmetric: ({ from, to }) =>
    `on the router put this before every rule that looks at ct state: nft insert rule inet filter forward ip saddr ${String(from)} ip daddr { ${to.join(', ')} } accept (with your own table and chain); or write stateful: false if it has no such rule`,
  dhcpServer: 'dnsmasq',
};
