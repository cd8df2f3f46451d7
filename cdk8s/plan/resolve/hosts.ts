/** Who has an address on a network, as far as the plan knows. */
import { Address, type Span } from '../../address/index.ts';
import type { Segment } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

/** Gateway, API server, DHCP servers, routers, nodes, reserved devices. */
export function hostsOn(
  { routers, nodes, kubernetes }: Pick<Plan, 'routers' | 'nodes' | 'kubernetes'>,
  { name, subnet, gateway, reserved, dhcp }: Segment,
): Span[] {
  const api = kubernetes.endpoint?.host;
  const addresses = [
    gateway,
    api instanceof Address && subnet.contains(api) ? api : undefined,
    ...(dhcp?.servers ?? []).filter((server) => subnet.contains(server)),
    ...Object.values(routers).map((router) => router.addresses[name]),
    ...Object.values(nodes).flatMap(({ interfaces }) =>
      Object.values(interfaces).map(({ network, address }) => (network === name ? address : undefined)),
    ),
    ...reserved.map(({ address }) => address),
  ];
  return addresses.flatMap((address) => (address instanceof Address ? [{ first: address, last: address }] : []));
}
