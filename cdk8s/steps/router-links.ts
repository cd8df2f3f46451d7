/** Tunnels of a router to others, and what it exchanges with them. */
import type { Network, Router } from '../plan/network/index.ts';
import { code } from './markdown.ts';
import { prefixText } from './prefixes.ts';

export function linkBullets({ links, routers }: Network, router: Router): string[] {
  return router.routing.neighbors.flatMap(({ kind, name, over, local, address, asn, ...policy }) => {
    const link = links.find((one) => one.name === over);
    if (kind !== 'router' || !link) return [];
    const reachedBy = routers.find((one) => one.name === name)?.public;
    return [
      [
        `${code(over)} to ${code(name)}${reachedBy === undefined ? '' : `, which is ${code(reachedBy)}`}: ${link.kind === 'ipsec' ? 'IPsec (routed, with an interface of its own: VTI)' : `WireGuard, UDP port ${String(link.ports[0]?.number)} at both ends`}, ${code(local)} here and ${code(address)} there, MTU ${link.mtu}, key ${link.keySecret === undefined ? 'as you keep it' : `as you keep it under ${code(link.keySecret)}`}.`,
        `BGP through it with ${code(address)}, AS ${asn}, with the same hold and keepalive. Announce, also what other routers announced to this one: ${prefixText(policy.export)}. Accept: ${prefixText(policy.import)}. Nothing else either way, no default route.`,
      ].join(' '),
    ];
  });
}
