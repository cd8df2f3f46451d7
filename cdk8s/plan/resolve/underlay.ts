/** Segments, routers and links as emitters want them: lists with every default filled in. */
import { DEFAULT_MTU } from '../bounds.ts';
import { Address, type Cidr } from '../../address/index.ts';
import type { Link, NamedAddress, Port, Reservation, Router, Segment } from '../network/index.ts';
import { routers as platforms } from '../../platforms/routers/index.ts';
import type { DhcpServer } from '../../platforms/dhcp-servers/index.ts';
import { carrying } from '../carrier.ts';
import { named } from '../must.ts';
import { pinsOn } from './pins.ts';
import { routingOf, type NetworkBeforeRouting } from './routing.ts';
import type { Plan } from '../schema/index.ts';

export function resolveSegments(plan: Plan): Segment[] {
  const carrierOf = carrying(plan);
  /** Pods of some node are behind them. */
  const carriers = new Set(Object.values(plan.nodes).map(carrierOf));
  return Object.entries(plan.networks).map(
    ([name, { dhcp, reserved, gatewayMtu, gateway, vlan, reach, ...network }]) => ({
      ...network,
      name,
      gateway,
      vlan,
      reach: reach ?? (network.clients || carriers.has(name) ? 'house' : 'site'),
      gatewayMtu: gatewayMtu ?? network.mtu,
      dhcp: dhcp && {
        server: dhcp.server,
        software: serverSoftware(plan, dhcp.server),
        servers: dhcp.servers,
        range: dhcp.range,
        lease: dhcp.lease,
        reservations: reservations(plan, name),
        kept: devices(reserved).filter(({ address }) => dhcp.range.contains(address)),
        pinned: pinsOn(plan, name),
        options: { router: gateway, mtu: network.mtu === DEFAULT_MTU ? undefined : network.mtu },
      },
      reserved: devices(reserved),
    }),
  );
}

function devices(reserved: Readonly<Record<string, Address>>): NamedAddress[] {
  return Object.entries(reserved).map(([name, address]) => ({ name, address }));
}

function serverSoftware({ routers }: Plan, server: string): DhcpServer | undefined {
  const router = routers[server];
  return router && platforms[router.software].dhcpServer;
}

function reservations(plan: Plan, network: string): Reservation[] {
  return Object.entries(plan.nodes).flatMap(([name, { interfaces }]) =>
    Object.values(interfaces).flatMap(({ mac, address, assigned, network: own }) =>
      own === network && assigned === 'dhcp' && mac && address instanceof Address ? [{ name, mac, address }] : [],
    ),
  );
}

export function resolveRouters(plan: Plan, house: Omit<NetworkBeforeRouting, 'routers'>): Router[] {
  const routers = Object.entries(plan.routers).map(([name, { public: reachedBy, addresses, ...router }]) => ({
    ...router,
    name,
    asn: router.asn,
    public: reachedBy,
    interfaces: Object.entries(addresses).map(([network, address]) => {
      const { subnet, vlan, gatewayMtu } = named(house.segments, network, 'network');
      return { network, address, subnet, vlan, mtu: gatewayMtu };
    }),
  }));
  // One object for all of them: what several routers ask of it is kept by it (once.ts).
  const whole = { ...house, routers };
  return routers.map((router) => ({ ...router, routing: routingOf(whole, router.name) }));
}

/** WireGuard's usual port; each further tunnel of a plan has the next one, since a router has one port a tunnel. */
const WIREGUARD_PORT = 51820;
/** IKE, IKE behind NAT, and what they agree on (RFC 7296, RFC 3948, RFC 4303). */
const IPSEC_PORTS: readonly Port[] = [
  { protocol: 'udp', number: 500 },
  { protocol: 'udp', number: 4500 },
  { protocol: 'esp', number: undefined },
];

export function resolveLinks(plan: Plan): Link[] {
  let wireguard = WIREGUARD_PORT;
  return Object.entries(plan.links).map(([name, { keySecret, ...link }]) => ({
    ...link,
    name,
    keySecret,
    addresses: [endOf(link.subnet, 0), endOf(link.subnet, 1)],
    ports: link.kind === 'ipsec' ? IPSEC_PORTS : [{ protocol: 'udp' as const, number: wireguard++ }],
  }));
}

/** A subnet of two has no address to spare (RFC 3021). */
function endOf(subnet: Cidr, index: number): Address {
  return subnet.at(subnet.size > 2 ? index + 1 : index);
}
