/** What routing daemons on an ordinary Linux system have in common: firewall and DHCP server are the system's. */
import type { Multipath, RouterTraits } from './router.ts';

/** More than any router here needs. */
const PATHS = 8;

/** Of FRR on Linux: the kernel's own table counts, since BGP's may list paths that were never written there. */
export const multipath: Multipath = {
  paths: PATHS,
  note: (subnet) =>
    `The kernel chooses by address and port with \`net.ipv4.fib_multipath_hash_policy=1\`; \`ip route show ${String(subnet)}\` on the router lists a \`nexthop\` for each`,
};

export const linux: Pick<RouterTraits, 'passAsymmetric' | 'dhcpServer' | 'multipath'> = {
  multipath,
  passAsymmetric: ({ from, to }) =>
    `on the router add this rule before every rule that matches ct state: nft insert rule inet filter forward ip saddr ${String(from)} ip daddr { ${to.join(', ')} } accept (use your own table and chain); if the router has no such rule, write stateful: false`,
  dhcpServer: 'dnsmasq',
};
