/** The ends of links at one router: who calls, what may pass. */
import { named } from '../must.ts';
import type { Prefixes, TunnelEnd } from '../network/index.ts';
import type { NetworkBeforeRouting } from './routing.ts';

/** `learned`: what the routers at the other ends announce. */
export function tunnelsOf(
  { links, routers }: Pick<NetworkBeforeRouting, 'links' | 'routers'>,
  router: string,
  learned: readonly Prefixes[],
): TunnelEnd[] {
  return links.flatMap(({ name, between: [left, right], addresses: [first, second], ...link }) => {
    if (left !== router && right !== router) return [];
    const [peer, local, far] = left === router ? [right, first, second] : [left, second, first];
    const remote = named(routers, peer, 'router').public;
    return [
      {
        link: name,
        kind: link.kind,
        peer,
        remote,
        ports: link.ports,
        local,
        far,
        subnet: link.subnet,
        mtu: link.mtu,
        allowed: [link.subnet, ...learned.map(({ subnet }) => subnet)],
        keySecret: link.keySecret,
      },
    ];
  });
}
