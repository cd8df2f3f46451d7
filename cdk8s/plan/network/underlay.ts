/**
 * The house's side of a resolved network: segments with their DHCP, routers, tunnels, and the interfaces of nodes. What a
 * cluster's objects never need, and routers, DHCP servers and node operating systems do.
 */
import type { Address, Cidr, Mac, Range } from '../../address/index.ts';
import type { NodeHost } from '../../platforms/hypervisors/index.ts';
import type { NodeSystem } from '../../platforms/node-systems/index.ts';
import type { RouterSoftware } from '../../platforms/routers/index.ts';
import type { Port, Routing } from './routing.ts';

export type * from './routing.ts';

export type { NodeHost, NodeSystem, RouterSoftware };

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

/**
 *     eth1 --+                                   port: bond0 (of eth1 and eth2)
 *            bond0 --- bond0.20 --- cni0         tag: 20 on bond0, device bond0.20
 *     eth2 --+                                   bridge and holder: cni0, which has the address
 */
export interface NodeInterface {
  /** As the plan calls it. */
  readonly name: string;
  readonly network: string;
  /** The device of the segment: the interface itself, or the VLAN on it. */
  readonly device: string;
  readonly bridge: string | undefined;
  /** The device that has the address: the bridge, where there is one. */
  readonly holder: string;
  readonly tag: VlanTag | undefined;
  readonly bond: Bond | undefined;
  readonly mac: Mac | undefined;
  /** Undefined where DHCP gives one that nobody needs to know. */
  readonly address: Address | undefined;
  /** How the node comes by its address. */
  readonly from: 'dhcp' | 'itself';
  /** Bytes, of packets on this segment. */
  readonly mtu: number;
  /** Bytes, of the device: more than `mtu` where a VLAN on it has larger packets. */
  readonly deviceMtu: number;
  readonly defaultRoute: DefaultRoute | undefined;
}

export interface VlanTag {
  readonly parent: string;
  readonly number: number;
}

export interface Bond {
  readonly members: readonly string[];
  readonly mode: string;
}

export interface DefaultRoute {
  readonly gateway: Address;
  /** The smallest wins. */
  readonly metric: number;
  /** Bytes; undefined: that of the device. */
  readonly mtu: number | undefined;
}

/** What has a source in `from` and goes to `to` leaves by the uplink's gateway (source-rules.ts has the picture). */
export interface SourceRule {
  readonly from: Cidr;
  readonly to: Cidr;
  /** The name of the network `to`. */
  readonly network: string;
  readonly gateway: Address;
  readonly device: string;
  /** Of its own; it holds a default route by gateway and device. */
  readonly table: number;
  /** Before the main table's. */
  readonly priority: number;
}
