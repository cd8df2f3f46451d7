/**
 * The nodes of a resolved network: interfaces, bridges, routes, kernel settings, rules, and what their Kubernetes and their
 * hypervisor are told. All of it is decided here; the emitters of a node's files and STEPS.md only write it.
 */
import type { Address, Cidr, Mac } from '../../address/index.ts';
import type { Document } from '../../platforms/distributions/index.ts';
import type { NodeHost } from '../../platforms/hypervisors/index.ts';
import type { NodeSystem } from '../../platforms/node-systems/index.ts';

export type { NodeHost, NodeSystem };
export type Role = 'control-plane' | 'worker';

export interface Node {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Those of its distribution that stay on it; none where pods may land. */
  readonly taints: readonly Taint[];
  /** A control plane that takes pods too, so that its distribution has to leave out the taint that it would set. */
  readonly untainted: boolean;
  readonly system: NodeSystem;
  readonly host: NodeHost;
  readonly interfaces: readonly NodeInterface[];
  /** The one of them that carries pods and BGP. */
  readonly uplink: NodeInterface;
  /** The one of them whose default route wins: the smallest metric. Undefined where none has a default route. */
  readonly preferred: NodeInterface | undefined;
  /** Its network's name. */
  readonly network: string;
  /** The DNS servers that it asks, and no others; none: those that DHCP names. */
  readonly dns: readonly Address[];
  readonly sourceRules: readonly SourceRule[];
  /** Lasting kernel settings: the value by the name, as sysctl(8) has it. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** What its own firewall has to let through, before anything that drops. */
  readonly forward: readonly ForwardRule[];
  /** What its hypervisor gives it; undefined where it runs on metal. */
  readonly virtualSwitch: VirtualSwitch | undefined;
  /** Labels that the distribution's settings give it, beside those that every node has. */
  readonly labels: Readonly<Record<string, string>>;
  /** What its distribution is told on this node, as the documents of its file; none: nothing. */
  readonly settings: readonly Document[];
}

/** As Kubernetes writes it on a node. */
export interface Taint {
  readonly key: string;
  readonly effect: 'NoSchedule';
}

/**
 *     eth1 --+                                   port: bond0 (of eth1 and eth2)
 *            bond0 --- bond0.20 --- br0          tag: 20 on bond0, device bond0.20
 *     eth2 --+                                   bridge and holder: br0, which has the address
 */
export interface NodeInterface {
  /** As the plan calls it. */
  readonly name: string;
  readonly network: string;
  /** Of its network. */
  readonly subnet: Cidr;
  /** The device of the segment: the interface itself, or the VLAN on it. */
  readonly device: string;
  readonly bridge: NodeBridge | undefined;
  /** The device that has the address, if any: the bridge, where there is one. */
  readonly holder: string;
  readonly tag: VlanTag | undefined;
  readonly bond: Bond | undefined;
  readonly mac: Mac | undefined;
  /** Undefined where there is none, or where DHCP gives one that nobody needs to know. */
  readonly address: Address | undefined;
  /** How the node comes by its address; `none`: it has none, and its bridge carries frames of pods only. */
  readonly from: 'dhcp' | 'itself' | 'none';
  /** Bytes, of packets on this segment. */
  readonly mtu: number;
  /** Bytes, of the device: more than `mtu` where a VLAN on it has larger packets. */
  readonly deviceMtu: number;
  /** Bytes, of the route to its own network; undefined: that of the device. */
  readonly routeMtu: number | undefined;
  readonly defaultRoute: DefaultRoute | undefined;
}

/** A bridge over a device, which pods join. */
export interface NodeBridge {
  readonly name: string;
  /**
   * What it is set to, so that it keeps it: a bridge that inherits its MAC address has the lowest of its ports, and pods
   * are ports (Linux, net/bridge/br_stp_if.c, br_stp_recalculate_bridge_id). Undefined: that of its device, which the plan does not know.
   */
  readonly mac: Mac | undefined;
  /** Whether it speaks the spanning tree protocol. */
  readonly stp: boolean;
  /** Seconds until a new port passes frames. */
  readonly forwardDelay: number;
  /** Whether its device has addresses of its own, link-local ones too: the bridge has them. */
  readonly portAddresses: boolean;
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

/** What has a source in `from` and goes to `to` leaves by the uplink's gateway (resolve/source-rules.ts has the picture). */
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

/** What a node's chain FORWARD is told, in this order, before anything else decides. */
export type ForwardRule = DoubledPackets | BridgedFrames;

/**
 * Accepts frames that a bridge passes from port to port: Kubernetes has the kernel show them to the firewall
 * (net.bridge.bridge-nf-call-iptables and mostly -ip6tables), whose chain FORWARD may drop what it does not know.
 */
export interface BridgedFrames {
  readonly family: 'ipv4' | 'ipv6';
  readonly match: 'bridged';
}

/**
 * Drops what a bridge in promiscuous mode passes up besides: a packet for a Service goes to its pod as a frame, and its double
 * would be routed there too (docs/facts.md#a-promiscuous-bridge-doubles-packets-for-services).
 */
export interface DoubledPackets {
  readonly family: 'ipv4';
  readonly match: 'doubled';
  readonly bridge: string;
  /** Of the bridge's network: nothing is routed from it to itself. */
  readonly subnet: Cidr;
}

/** What the virtual switch and the adapters of a virtual machine carry. */
export interface VirtualSwitch {
  readonly vlans: readonly VirtualVlan[];
  /** Bytes, of the largest packet at any of the node's interfaces. */
  readonly largestPacket: number;
  /** Whether it lets frames with other MAC addresses than the machine's own pass: pods on a bridge have some. */
  readonly otherMacs: boolean;
}

export interface VirtualVlan {
  readonly number: number;
  /** Whether the node tags it; else the virtual switch does, and the node sees it untagged. */
  readonly tagged: boolean;
  /** The node's device at the virtual switch. */
  readonly device: string;
  readonly mac: Mac | undefined;
}
