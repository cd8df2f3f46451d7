/**
 * What is true of one router software, as data: one file each beside this one. Whoever needs such a fact asks here; the
 * words around it stand in steps/, what a router is to do in plan/network/routing.ts.
 *
 * Commands are those of the makers' manuals: FRR (bgp.html), VyOS (protocols/bgp), EdgeOS (EdgeRouter BGP, the Vyatta
 * family), MikroTik (Routing > BGP), Netgate and OPNsense (FRR package), BIRD (remote control). Only those of FRR and BIRD
 * have been run.
 */
import type { Address, Cidr } from '../../address/index.ts';
import type { DhcpServer } from '../dhcp-servers/index.ts';

export interface RouterTraits {
  /** As its makers call it, with the package that it needs. */
  readonly title: string;
  /** A command in Markdown, or a place in its user interface: saves what the router has before anything is changed. */
  readonly save: string;
  /** Rolls back to what was saved. */
  readonly restore: string;
  /** Lists its BGP neighbors. */
  readonly neighbors: string;
  /** How that list shows a neighbor that has not answered yet. */
  readonly waiting: string;
  /** How that list shows one that has. */
  readonly established: string;
  /** Lists the routes that BGP brought. */
  readonly routes: string;
  /** A discard (blackhole) route that loses against every other: its distance, or preference, is behind BGP's. */
  readonly discard: (subnet: Cidr) => string;
  /** How its firewall is told to pass asymmetric routing, as the end of a sentence. */
  readonly passAsymmetric: (flow: AsymmetricTraffic) => string;
  /** The DHCP server that comes with it, or usually runs beside it. */
  readonly dhcpServer: DhcpServer;
  /** Routes of several next hops, as the ranges of load balancers have them from the nodes. */
  readonly multipath: Multipath;
  /** What its password of TCP MD5 needs besides the same text at both ends, as a sentence; undefined: nothing. */
  readonly passwordNote?: (neighbor: PasswordEnds) => string;
  /** Seconds: the shortest hold time that it takes. Undefined: BGP's own, 3 (RFC 4271 section 4.2). */
  readonly shortestHold?: number;
}

export interface Multipath {
  /** Next hops that it uses at once for one route; one where that is in doubt. */
  readonly paths: number;
  /** Why no more, as a sentence; or how one sees that its kernel has them all. */
  readonly note: (subnet: Cidr) => string;
}

/** The addresses of a session with a password. */
export interface PasswordEnds {
  /** The router's. */
  readonly local: Address;
}

/** Connections of which the router sees only what the client sends (plan/rules/clients.ts has the picture). */
export interface AsymmetricTraffic {
  /** Where clients are. */
  readonly from: Cidr;
  /** What they reach by way of the router. */
  readonly to: readonly Cidr[];
}
