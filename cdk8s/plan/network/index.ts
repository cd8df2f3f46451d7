/**
 * The resolved network: every address, block, session and filter decided, as plain immutable data.
 * Emitters (values, constructs, later routers, DHCP, nodes, lab) read this and nothing else.
 */
import type { Address, Cidr, Mac, Range } from '../../address/index.ts';
import type { Cni } from '../../platforms/cnis/index.ts';
import type { CniFolders, Distribution, Document, KubeProxyMode } from '../../platforms/distributions/index.ts';
import type { BridgedPods } from './bridged.ts';
import type { NodeSelection } from './node-selection.ts';
import type { Node, Taint } from './node.ts';
import type { ClientNetwork, Link, Pin, Router, Segment } from './underlay.ts';
import type { ChartVersions } from '../versions.ts';

export type * from './bridged.ts';
export type * from './node-selection.ts';
export type * from './node.ts';
export type * from './underlay.ts';

export type { Distribution };

export interface Network {
  readonly cluster: string;
  /** The house of its networks, by the name that all plans of it have; undefined: the plan does not say. */
  readonly house: string | undefined;
  readonly versions: ChartVersions;
  readonly kubernetes: Kubernetes;
  readonly segments: readonly Segment[];
  readonly routers: readonly Router[];
  readonly links: readonly Link[];
  readonly nodes: readonly Node[];
  readonly sites: readonly Site[];
  readonly clientNetworks: readonly ClientNetwork[];
  readonly pods: Pods;
  readonly clusterNetwork: ClusterNetwork;
  readonly loadBalancers: readonly LoadBalancerPool[];
  /** Undefined: no node of this plan speaks BGP. */
  readonly bgp: Bgp | undefined;
  readonly attachments: readonly Attachment[];
  readonly apps: Apps;
}

export interface Kubernetes {
  /** `1.36` */
  readonly version: string;
  readonly distribution: Distribution;
  readonly services: Cidr;
  readonly dns: Address;
  readonly advertiseServices: boolean;
  /** Where nodes and people ask for the API server; undefined: at a control plane's own address. */
  readonly endpoint: ApiEndpoint | undefined;
  /** The taints that MetalLB's controller tolerates: it may run on control planes. */
  readonly tolerated: readonly Taint[];
  /** Where every node keeps its CNI files. */
  readonly cni: CniFolders;
  /** The node's folder in which its runtime mounts pods' network namespaces. */
  readonly netnsDir: string;
  /** kube-proxy's mode, which Calico's has to go with. */
  readonly kubeProxy: KubeProxyMode;
  /** What makes a cluster of the distribution one without a network of its own, as the documents of its file. */
  readonly settings: readonly Document[];
}

export interface ApiEndpoint {
  /** An address or a DNS name. */
  readonly host: Address | string;
  readonly port: number;
  /** A virtual address: control planes share it on the network that carries their pods, and nobody else has it. */
  readonly shared: boolean;
}

/** A router and the nodes behind it. */
export interface Site {
  readonly router: string;
  /** The router's. */
  readonly asn: number;
  /** The nodes': the router's (iBGP), or one that all nodes of the plan have (eBGP). */
  readonly nodesAsn: number;
  /** The router's address on the network that carries pods. */
  readonly address: Address;
  readonly network: string;
  readonly nodes: readonly string[];
}

/** How pods get their addresses, by `mode` as the plan calls it; one kind a mode. */
export type Pods = RoutedPods | OnLanPods | BridgedPods | ExistingPods;

/** Addresses that Calico gives out in blocks, and announces by BGP. */
export interface PodsInBlocks {
  readonly subnet: Cidr;
  /** The prefix length of the blocks that nodes take. */
  readonly blockSize: number;
  /** Bytes. */
  readonly mtu: number;
  /** The subnets by which a node finds its own address. */
  readonly nodeSubnets: readonly Cidr[];
}

/** In a subnet of their own. */
export interface RoutedPods extends PodsInBlocks {
  readonly mode: 'routed';
}

/**
 * In a part of the subnet of the network that the nodes are on. Its devices ask for a pod's address by ARP, as for any other
 * there, and the node of the pod answers; routers have the blocks by BGP besides, which win over the connected route.
 */
export interface OnLanPods extends PodsInBlocks {
  readonly mode: 'on-lan';
  /** Its name. */
  readonly network: string;
  readonly networkSubnet: Cidr;
  /** Addresses of `subnet` that no pod gets: of devices, in whole blocks, and the first and last one of the network. */
  readonly reserved: readonly Cidr[];
  /** Who answers ARP for pods: the kernel of each node by proxy ARP, or calico-node. */
  readonly answersArp: 'kernel' | 'calico';
}

/** Addresses from a network that the cluster has already, and keeps. */
export interface ExistingPods {
  readonly mode: 'existing';
  /** All addresses of pods. */
  readonly subnet: Cidr;
  /** Which network that is; undefined: one that the plan describes itself. */
  readonly cni: Cni | undefined;
}

/** The CNI network of every pod's first interface, which Multus hands that interface to. */
export interface ClusterNetwork {
  /** As its configuration on nodes calls it. */
  readonly name: string;
  /** The file of a node that is there once its pods may start. */
  readonly readinessFile: string;
}

export interface LoadBalancerPool {
  readonly name: string;
  /** As the plan has them, for words. */
  readonly addresses: Cidr | Range;
  /** The same as subnets, which BGP announces. */
  readonly subnets: readonly Cidr[];
  readonly avoidBuggyIPs: boolean;
  /** The router whose nodes announce it; undefined: every router with nodes. */
  readonly router: string | undefined;
  /** The networks of client devices that reach it. */
  readonly clients: readonly string[];
  /** A network that contains the addresses: its devices ask for them by ARP, nothing answers, and they need a route. */
  readonly onLink: OnLink | undefined;
  /** A Service that asks for no pool and no address may get one of it. */
  readonly autoAssign: boolean;
}

export interface OnLink {
  readonly network: string;
  /** The router of the plan there, or the gateway; undefined where the network has neither. */
  readonly nextHop: Address | undefined;
}

export interface Bgp {
  /** The nodes' AS number where a session does not say another. */
  readonly asn: number;
  /** Seconds. */
  readonly hold: number;
  /** Seconds. */
  readonly keepalive: number;
  readonly passwordSecret: SecretKey | undefined;
  /** Each node has a session with each other node too (iBGP), and hears of their pods from them instead of the router. */
  readonly mesh: boolean;
  readonly sessions: readonly Session[];
  readonly filters: readonly RouteFilter[];
}

export interface SecretKey {
  readonly name: string;
  readonly key: string;
}

/** The sessions of a site's nodes with its router. */
export interface Session {
  readonly name: string;
  readonly peer: Address;
  readonly peerAsn: number;
  /** The nodes' AS number in this session, where it is not `Bgp.asn`. */
  readonly localAsn: number | undefined;
  /** Nodes accept routes with their own AS number in the path: by eBGP, those of other nodes come back with it. */
  readonly acceptsOwnAsn: boolean;
  readonly nodes: NodeSelection;
  readonly filter: string;
}

export interface RouteFilter {
  readonly name: string;
  /** First match wins; what a node accepts from its router. */
  readonly import: readonly FilterRule[];
  /** First match wins; without a match pools and service addresses are announced. */
  readonly export: readonly FilterRule[];
}

export interface FilterRule {
  readonly action: 'accept' | 'reject';
  /** Only routes inside this subnet. */
  readonly within?: Cidr;
  /** Only routes learned from other BGP peers. */
  readonly fromPeers?: true;
}

/** A second interface, on the LAN, for the pods that ask for it. */
export interface Attachment {
  readonly name: string;
  /** Where the NetworkAttachmentDefinition stands. */
  readonly namespace: string;
  /** The namespaces whose pods may use it; its own is the first. */
  readonly namespaces: readonly string[];
  /** The name of the network that it leads to. */
  readonly network: string;
  /** Of each node on this network: what pods are connected to. */
  readonly bridge: string;
  readonly subnet: Cidr;
  readonly mtu: number;
  /** Whether pods on one bridge are kept from each other. */
  readonly isolated: boolean;
  /** The nodes that have the bridge; undefined: every node. */
  readonly nodes: readonly string[] | undefined;
  /** Those of them that have no address of their own on the network. */
  readonly withoutAddress: readonly string[];
  /** What a pod reaches by the cluster's interface, whatever routes the LAN brings; no lease lies in them. */
  readonly clusterSubnets: readonly Cidr[];
  /** No lease lies in them either: the plan's other networks, and the known addresses of this one: gateway, routers, nodes, devices, pods of other attachments; for static addresses the DHCP range. */
  readonly otherSubnets: readonly Cidr[];
  /** Networks beyond it to which a lease may bring routes. */
  readonly routes: readonly Cidr[];
  /** The DHCP servers whose leases are accepted, by server identifier; empty: any server's. */
  readonly servers: readonly Address[];
  /** Who may pin which MAC address. */
  readonly pins: readonly Pin[];
  /** Undefined: a DHCP server gives addresses. */
  readonly fixed: FixedAddresses | undefined;
}

/** Addresses that pods request by their annotation, without DHCP. */
export interface FixedAddresses {
  /** The router of what is beyond the network; undefined: pods reach the network alone. */
  readonly gateway: Address | undefined;
  /** Any pod that may use the attachment may request an address of it, except those in `owners`. */
  readonly range: Range | undefined;
  /** The range again, in subnets. */
  readonly subnets: readonly Cidr[];
  readonly owners: readonly AddressOwner[];
}

/** An address that only pods of one workload may request. */
export interface AddressOwner {
  readonly address: Address;
  readonly namespace: string;
  readonly workload: string;
}

export interface Apps {
  readonly homeAssistant: HomeAssistant | undefined;
}

export interface HomeAssistant {
  readonly namespace: string;
  readonly attachments: readonly Attachment[];
  /** Pins its MAC address on the first attachment. */
  readonly mac: Mac | undefined;
  /** By the name of the attachment: where addresses are static. */
  readonly addresses: Readonly<Record<string, Address>>;
  readonly timeZone: string;
  readonly storage: Storage;
  /** The taints that its pod tolerates: it may run on control planes. */
  readonly tolerated: readonly Taint[];
  /** Undefined where there are no load balancer addresses. */
  readonly balanced: Balanced | undefined;
}

/** A Service of type LoadBalancer. */
export interface Balanced {
  /** The address that it asks for, in place of a pool. */
  readonly address: Address | undefined;
  /** Undefined: any that MetalLB gives out by itself. */
  readonly pool: string | undefined;
  /** The pool's site is where its pods are, so each node may answer for its own (externalTrafficPolicy Local). */
  readonly local: boolean;
}

export interface Storage {
  readonly size: string;
  /** Undefined: the cluster's default StorageClass. */
  readonly class: string | undefined;
  /** Files of it belong to another user than root. */
  readonly otherOwner: boolean;
}
