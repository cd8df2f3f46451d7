/** Tunnels of a router to others, and what it exchanges with them. */
import type { Address, Cidr } from '../address/index.ts';
import type { Network, Router } from '../plan/network.ts';
import { code, codes } from './markdown.ts';

export function linkBullets(network: Network, router: Router): string[] {
  return network.links
    .filter(({ between }) => between.includes(router.name))
    .map(({ name, between, kind, subnet, mtu, keySecret }) => {
      const [here, there] = between[0] === router.name ? [0, 1] : [1, 0];
      const other = network.routers.find((one) => one.name === between[there]);
      const own = network.loadBalancers.filter((pool) => pool.router === router.name).map((pool) => pool.subnet);
      const nodes = network.segments.filter((segment) =>
        network.sites.some((site) => site.router === router.name && site.network === segment.name),
      );
      const announced = [...nodes.map((segment) => segment.subnet), network.pods.subnet, ...own];
      return [
        `${code(name)} to ${code(between[there])}${other?.public === undefined ? '' : `, which is ${code(other.public)}`}: ${kind === 'ipsec' ? 'IPsec' : 'WireGuard'}, ${code(endOf(subnet, here))} here and ${code(endOf(subnet, there))} there, MTU ${mtu}, key ${keySecret === undefined ? 'as you keep it' : `as you keep it under ${code(keySecret)}`}.`,
        `BGP through it with ${code(endOf(subnet, there))}, AS ${other?.asn ?? 0}: announce ${codes(announced)} with their parts (pods to 32), accept the same of the other site, nothing else.`,
      ].join(' ');
    });
}

/** A subnet of two has no address to spare (RFC 3021). */
function endOf(subnet: Cidr, index: number): Address {
  return subnet.at(subnet.size > 2 ? index + 1 : index);
}
