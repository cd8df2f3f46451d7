/**
 * What a router is to do with routes and packets, decided: whom it speaks BGP with and what either side says, what it drops,
 * lets pass and translates. Files for its software and the words of STEPS are written from this.
 */
import type { Address, Cidr } from '../../address/index.ts';
import type { SecretKey } from './index.ts';

export interface Routing {
  readonly neighbors: readonly Neighbor[];
  /** Its ends of links, one for each. */
  readonly tunnels: readonly TunnelEnd[];
  /** Networks of its own that it announces to other sites. What it learned is not among them. */
  readonly originates: readonly Cidr[];
  /** Of one destination, used at once: no more than its software can. */
  readonly paths: number;
  /** Blackhole routes that lose against every other route: packets into the cluster never leave by the WAN. */
  readonly discards: readonly Cidr[];
  readonly permits: readonly Permit[];
  readonly translation: Translation;
  /** What a firewall that follows connections has to pass although it sees one direction only; none with another firewall. */
  readonly asymmetric: readonly AsymmetricFlow[];
  /**
   * The names of networks into which it sends no ICMP redirects (RFC 792): clients and nodes share them, and a redirect
   * would pin a client to one node.
   */
  readonly withoutRedirects: readonly string[];
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
  /** Seconds without a word after which the session counts as dead (RFC 4271 section 4.2). */
  readonly hold: number;
  /** Seconds between signs of life. */
  readonly keepalive: number;
  /** Of the password of TCP MD5 (RFC 2385), which both ends have; undefined: none, since the plan has none or a tunnel protects it. */
  readonly password: SecretKey | undefined;
  /**
   * RFC 4724. No: a router that restarts waits for the routes of every neighbor before it uses any (section 4.1), so a node
   * that stays off would hold back the routes of all.
   */
  readonly gracefulRestart: boolean;
  /** The router passes on to it what other nodes announced although all have its AS number (route reflector, RFC 4456). */
  readonly reflect: boolean;
  /** The router puts itself as next hop on what it learned from other sites: a node knows no way to their routers. */
  readonly nextHopSelf: boolean;
  /** What the router takes; nothing else. */
  readonly import: readonly Prefixes[];
  /** What it announces; nothing else. */
  readonly export: readonly Prefixes[];
  /** More routes than it ever has from there: beyond it the router warns, and takes them all the same. */
  readonly prefixLimit: number;
}

/** Routes inside a subnet, of these lengths. */
export interface Prefixes {
  readonly of: 'pods' | 'load balancers' | 'services' | 'nodes' | 'clients' | 'network';
  readonly subnet: Cidr;
  /** Prefix length; that of `subnet` where it comes whole. */
  readonly shortest: number;
  /** Prefix length. */
  readonly longest: number;
}

/** One router's end of a link: the tunnel itself. What is said through it is the neighbor of the same `over`. */
export interface TunnelEnd {
  /** The link's name. */
  readonly link: string;
  readonly kind: 'ipsec' | 'wireguard';
  /** The router at the other end. */
  readonly peer: string;
  /** The host name or address by which this end reaches and calls the other; undefined: the other calls. */
  readonly remote: string | undefined;
  /** What comes in from the other end, outside the tunnel. */
  readonly ports: readonly Port[];
  /** Inside, its own end. */
  readonly local: Address;
  /** Inside, the other end. */
  readonly far: Address;
  /** The addresses inside. */
  readonly subnet: Cidr;
  /** Bytes, inside. */
  readonly mtu: number;
  /**
   * Whose packets come out of it and where packets in it go (WireGuard's AllowedIPs): the link itself, and what this router
   * learns over it. Routed IPsec has an interface as well and takes all.
   */
  readonly allowed: readonly Cidr[];
  /** The name under which a person keeps the key. */
  readonly keySecret: string | undefined;
}

/** A network of client devices that stands on a router with BGP, and what its devices reach once everything runs. */
export interface ClientNetwork {
  readonly name: string;
  /** The routers whose nodes' pods answer: they know a way back. */
  readonly routers: readonly string[];
  /** Those are the pods of every node. */
  readonly everyPod: boolean;
  /** The names of the load balancer pools that it reaches. */
  readonly pools: readonly string[];
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
