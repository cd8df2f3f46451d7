/**
 * What a router is to do with routes and packets, decided: whom it speaks BGP with and what either side says, what it drops,
 * lets pass and translates. Files for its software and the words of STEPS are written from this.
 */
import type { Address, Cidr } from '../../address/index.ts';

export interface Routing {
  readonly neighbors: readonly Neighbor[];
  /** Networks of its own that it announces to other sites. What it learned is not among them. */
  readonly originates: readonly Cidr[];
  /** Of one destination, used at once. */
  readonly paths: number;
  /** Blackhole routes that lose against every other route: packets into the cluster never leave by the WAN. */
  readonly discards: readonly Cidr[];
  readonly permits: readonly Permit[];
  readonly translation: Translation;
  readonly asymmetric: readonly AsymmetricFlow[];
}

/** The other end of a BGP session. */
export interface Neighbor {
  /** A node of the router's own site, or the router at the other end of a link. */
  readonly kind: 'node' | 'router';
  /** The node's or the router's. */
  readonly name: string;
  /** The network, or the link, that the session goes over. */
  readonly over: string;
  /** The router's own end. */
  readonly local: Address;
  /** Undefined where DHCP gives it. */
  readonly address: Address | undefined;
  readonly asn: number;
  /** The router passes on to it what other nodes announced (route reflector). */
  readonly reflect: boolean;
  /** The router puts itself as next hop on what it learned from other sites: a node knows no way to their routers. */
  readonly nextHopSelf: boolean;
  /** What the router takes; nothing else. */
  readonly import: readonly Prefixes[];
  /** What it announces; nothing else. */
  readonly export: readonly Prefixes[];
}

/** Routes inside a subnet, of these lengths. */
export interface Prefixes {
  readonly of: 'pods' | 'load balancers' | 'services' | 'nodes' | 'clients' | 'network';
  readonly subnet: Cidr;
  readonly shortest: number;
  readonly longest: number;
}

/** What the firewall lets pass, as a new connection. */
export interface Permit {
  readonly why: 'bgp' | 'dns' | 'tunnel' | 'clients' | 'clients elsewhere' | 'nodes' | 'pods';
  /** To the router itself, or through it. */
  readonly way: 'input' | 'forward';
  /** Empty: anywhere. */
  readonly from: readonly (Address | Cidr)[];
  /** Empty: anywhere. */
  readonly to: readonly (Address | Cidr)[];
  /** Empty: everything. */
  readonly ports: readonly Port[];
}

export interface Port {
  readonly protocol: 'tcp' | 'udp' | 'esp';
  /** ESP has none. */
  readonly number: number | undefined;
}

/** Source NAT, toward the internet only. */
export interface Translation {
  readonly from: readonly Cidr[];
  /** Kept as they are on the way to these, or pods would see the router in place of who asks. */
  readonly notTo: readonly Cidr[];
}

/** Devices that share a network with nodes: the router sees what they send and not the answers (plan/rules/clients.ts). */
export interface AsymmetricFlow {
  readonly network: string;
  readonly from: Cidr;
  readonly to: readonly Cidr[];
}
