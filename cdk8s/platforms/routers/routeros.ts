import type { RouterTraits } from './router.ts';

export const routeros: RouterTraits = {
  title: 'RouterOS 7',
  save: '`/system backup save name=before-flatlan`',
  restore: '`/system backup load name=before-flatlan` (it restarts)',
  neighbors: '`/routing/bgp/session print`',
  waiting: 'missing there, and listed by `/routing/bgp/connection print`',
  established: 'the flag `E`',
  routes: '`/ip/route print where bgp`',
  discard: (subnet) => `\`/ip/route add dst-address=${String(subnet)} blackhole distance=254\``,
  // help.mikrotik.com, Filter: the default forward rules accept established, related, untracked.
  passAsymmetric: ({ from, to }) =>
    `on RouterOS: ${to.map((subnet) => `/ip firewall raw add chain=prerouting action=notrack src-address=${String(from)} dst-address=${String(subnet)}`).join('; ')}; the default forward rules accept untracked packets`,
  dhcpServer: 'routeros',
  // help.mikrotik.com, BGP: "Multipath is not supported"; forum.mikrotik.com, t/267382.
  multipath: { paths: 1, note: () => 'BGP of RouterOS 7 has no multipath' },
};
