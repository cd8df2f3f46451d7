/**
 * Pods on a network of the house: each node has a range of its addresses for them, and connects them to its bridge.
 *
 *     10.10.0.0/16    node1 10.10.1.0: pods 10.10.1.1 ... 10.10.1.101      node2 10.10.2.0: pods 10.10.2.1 ...
 */
import type { Address, Cidr, Range } from '../../address/index.ts';

export interface BridgedPods {
  readonly mode: 'bridged';
  /** The network's name. */
  readonly network: string;
  /** The network's: what pods reach without a router. */
  readonly subnet: Cidr;
  /** Bytes. */
  readonly mtu: number;
  /** The subnets by which a node finds its own address. */
  readonly nodeSubnets: readonly Cidr[];
  readonly nodes: readonly BridgedNode[];
  /** Networks that pods reach by the network's gateway and not by their node, which has the default route. */
  readonly routes: readonly BridgedRoute[];
}

export interface BridgedNode {
  readonly name: string;
  readonly bridge: string;
  /** What its pods have for their addresses. */
  readonly range: Range;
  /** The node's own, which is on the bridge: its pods' default gateway. */
  readonly gateway: Address;
}

export interface BridgedRoute {
  readonly to: Cidr;
  readonly gateway: Address;
}
