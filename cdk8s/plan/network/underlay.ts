/**
 * The house's side of a resolved network: segments with their DHCP, routers and tunnels. What a cluster's objects never
 * need, and routers and DHCP servers do.
 */
import type { Address, Cidr, Mac, Range } from '../../address/index.ts';
import type { RouterSoftware } from '../../platforms/routers/index.ts';
import type { Port, Routing } from './routing.ts';

export type * from './routing.ts';

export type { RouterSoftware };

/** A subnet and the cable, or the VLAN, that it lies on. */
export interface Segment {
  readonly name: string;
  readonly subnet: Cidr;
  readonly gateway: Address | undefined;
  /** People's devices are here. */
  readonly clients: boolean;
  /** How far routes to it go: to every site, or no further than the routers that stand on it. */
  readonly reach: Reach;
  readonly vlan: number | undefined;
  /** Bytes, between hosts. */
  readonly mtu: number;
  /** Bytes, at the gateway's port; never more than `mtu`. */
  readonly gatewayMtu: number;
  readonly dns: readonly Address[];
  readonly dhcp: DhcpScope | undefined;
  /** Devices with a fixed address that no DHCP server gave them. */
  readonly reserved: readonly NamedAddress[];
}

export type Reach = 'house' | 'site';

export interface NamedAddress {
  readonly name: string;
  readonly address: Address;
}

export interface DhcpScope {
  /** A router of the plan, or any other name. */
  readonly server: string;
  /** Of further servers, by which they give leases. */
  readonly servers: readonly Address[];
  readonly range: Range;
  /** `24h`; undefined: the server's own. */
  readonly lease: string | undefined;
  /** Addresses that the server keeps for a MAC address: nodes with `assigned: dhcp`. */
  readonly reservations: readonly Reservation[];
}

export interface Reservation {
  readonly name: string;
  readonly mac: Mac;
  readonly address: Address;
}

export interface Router {
  readonly name: string;
  readonly software: RouterSoftware;
  readonly asn: number;
  /** Its firewall follows connections. */
  readonly stateful: boolean;
  /** The host name or address by which other sites reach it. */
  readonly public: string | undefined;
  readonly addresses: readonly SegmentAddress[];
  readonly routing: Routing;
}

export interface SegmentAddress {
  readonly network: string;
  readonly address: Address;
}

/** A tunnel between two routers. */
export interface Link {
  readonly name: string;
  readonly between: readonly [string, string];
  readonly kind: 'ipsec' | 'wireguard';
  readonly subnet: Cidr;
  /** Of the ends, in the order of `between`. */
  readonly addresses: readonly [Address, Address];
  /** What comes in from outside, at both ends. */
  readonly ports: readonly Port[];
  /** Bytes, inside. */
  readonly mtu: number;
  /** The name under which a person keeps the key. */
  readonly keySecret: string | undefined;
}
