/**
 * The house's side of a resolved network: segments with their DHCP, routers and tunnels. What a cluster's objects never
 * need, and routers and DHCP servers do.
 */
import type { Address, Cidr, Mac, Range } from '../../address/index.ts';
import type { DhcpServer } from '../../platforms/dhcp-servers/index.ts';
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
  /** Other devices with a fixed address. */
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
  /** What comes with that router; undefined: it is none of the plan's routers, and nobody knows. */
  readonly software: DhcpServer | undefined;
  /** Of further servers, by which they give leases. */
  readonly servers: readonly Address[];
  readonly range: Range;
  /** `24h`; undefined: the server's own. */
  readonly lease: string | undefined;
  /** Addresses that the server keeps for a MAC address: nodes with `assigned: dhcp`. */
  readonly reservations: readonly Reservation[];
  /** Other devices with a fixed address inside the range, which the server keeps for their MAC address. */
  readonly kept: readonly NamedAddress[];
  /** Pods that keep a MAC address: each needs an address reserved for it, outside the range, that a person chooses. */
  readonly pinned: readonly Pin[];
  readonly options: DhcpOptions;
}

/**
 * What the server tells besides the address (RFC 2132). Not DNS servers: the plan names those of nodes, which may be others
 * than those of all devices.
 */
export interface DhcpOptions {
  /** Option 3; undefined: none. */
  readonly router: Address | undefined;
  /** Option 26, bytes, between hosts, since they take it for their interface; undefined: leave it out, Ethernet's 1500 needs none. */
  readonly mtu: number | undefined;
}

/** A MAC address that pods of one workload may ask for. */
export interface Pin {
  readonly mac: Mac;
  readonly namespace: string;
  readonly workload: string;
}

export interface Reservation {
  readonly name: string;
  readonly mac: Mac;
  readonly address: Address;
}

export interface Router {
  readonly name: string;
  readonly software: RouterSoftware;
  /** Undefined where nobody speaks BGP. */
  readonly asn: number | undefined;
  /** Its firewall follows connections. */
  readonly stateful: boolean;
  /** The host name or address by which other sites reach it. */
  readonly public: string | undefined;
  readonly interfaces: readonly RouterInterface[];
  readonly routing: Routing;
}

/** Of a router, on a segment. */
export interface RouterInterface {
  /** The segment's name. */
  readonly network: string;
  readonly address: Address;
  /** The segment's. */
  readonly subnet: Cidr;
  /** Undefined: untagged. */
  readonly vlan: number | undefined;
  /** Bytes. */
  readonly mtu: number;
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
