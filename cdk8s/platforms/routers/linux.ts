/** What routing daemons on an ordinary Linux system have in common: firewall and DHCP server are the system's. */
import type { RouterTraits } from './router.ts';

export const linux: Pick<RouterTraits, 'passAsymmetric' | 'dhcpServer'> = {
  passAsymmetric: ({ from, to }) =>
    `on the router add this rule before every rule that matches ct state: nft insert rule inet filter forward ip saddr ${String(from)} ip daddr { ${to.join(', ')} } accept (use your own table and chain); if the router has no such rule, write stateful: false`,
  dhcpServer: 'dnsmasq',
};
