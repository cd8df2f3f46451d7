/** Tunnels of a router to others, and what it exchanges with them. */
import type { Neighbor, Router, TunnelEnd } from '../plan/network/index.ts';
import { code, codes } from './markdown.ts';
import { prefixText } from './prefixes.ts';

export function linkBullets({ routing: { tunnels, neighbors } }: Router): string[] {
  return tunnels.map((tunnel) =>
    [
      tunnelText(tunnel),
      ...neighbors.filter(({ kind, over }) => kind === 'router' && over === tunnel.link).map(sessionText),
    ].join(' '),
  );
}

function tunnelText({ link, kind, peer, remote, ports, local, far, mtu, allowed, keySecret }: TunnelEnd): string {
  const encryption =
    kind === 'ipsec'
      ? 'IPsec (routed, with an interface of its own: VTI)'
      : `WireGuard, UDP port ${ports.map(({ number }) => number).join()} at both ends`;
  return `${code(link)} to ${code(peer)}${remote === undefined ? ', which opens the tunnel' : `, which is ${code(remote)}`}: ${encryption}, ${code(local)} here and ${code(far)} there, MTU ${mtu}${kind === 'wireguard' ? `, AllowedIPs ${codes(allowed)}` : ''}, key ${keySecret === undefined ? 'as you keep it' : `as you keep it under ${code(keySecret)}`}.`;
}

function sessionText({ address, asn, hold, keepalive, ...policy }: Neighbor): string {
  return `BGP through it with ${code(address)}, AS ${asn}, hold ${hold} s and keepalive ${keepalive} s. Announce, also what other routers announced to this one: ${prefixText(policy.export)}. Accept: ${prefixText(policy.import)}. Nothing else either way, no default route.`;
}
