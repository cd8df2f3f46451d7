/** Segments, routers and links as emitters want them: lists with every default filled in. */
import { Address } from '../address/index.ts';
import type { Link, Reservation, Router, Segment } from './network.ts';
import type { Plan } from './schema/index.ts';

export function resolveSegments(plan: Plan): Segment[] {
  return Object.entries(plan.networks).map(([name, { dhcp, reserved, gatewayMtu, gateway, vlan, ...network }]) => ({
    ...network,
    name,
    gateway,
    vlan,
    gatewayMtu: gatewayMtu ?? network.mtu,
    dhcp: dhcp && { server: dhcp.server, range: dhcp.range, lease: dhcp.lease, reservations: reservations(plan, name) },
    reserved: Object.entries(reserved).map(([device, address]) => ({ name: device, address })),
  }));
}

function reservations(plan: Plan, network: string): Reservation[] {
  return Object.entries(plan.nodes).flatMap(([name, { interfaces }]) =>
    Object.values(interfaces).flatMap(({ mac, address, assigned, network: own }) =>
      own === network && assigned === 'dhcp' && mac && address instanceof Address ? [{ name, mac, address }] : [],
    ),
  );
}

export function resolveRouters(plan: Plan): Router[] {
  return Object.entries(plan.routers).map(([name, { public: reachedBy, addresses, ...router }]) => ({
    ...router,
    name,
    public: reachedBy,
    addresses: Object.entries(addresses).map(([network, address]) => ({ network, address })),
  }));
}

export function resolveLinks(plan: Plan): Link[] {
  return Object.entries(plan.links).map(([name, { keySecret, ...link }]) => ({ ...link, name, keySecret }));
}
