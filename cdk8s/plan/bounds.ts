/** The bounds of numbers in a plan and in Helm values, and what stands where none is written. Both ends belong to it. */
export interface Bounds {
  readonly minimum: number;
  readonly maximum: number;
}

/** Bytes. 576 is what every host must accept (RFC 1122 section 3.3.2), 9216 what common switches carry. */
export const MTU: Bounds = { minimum: 576, maximum: 9216 };
/** Bytes. Ethernet's (RFC 894), which every device has unless told otherwise. */
export const DEFAULT_MTU = 1500;
/** IEEE 802.1Q: 0 is priority-tagged, 4095 reserved. */
export const VLAN: Bounds = { minimum: 1, maximum: 4094 };
/** Prefix length of an IPv4 IPPool's blocks; its API takes others, IPAM does not (docs/facts.md#what-the-api-lets-through). */
export const BLOCK_SIZE: Bounds = { minimum: 20, maximum: 32 };
export const DEFAULT_BLOCK_SIZE = 26;

/** Calico's kinds hold AS numbers as int32 (docs/facts.md#as-numbers). */
export const AS_NUMBER: Bounds = { minimum: 1, maximum: 2147483647 };
/** RFC 6793 (AS_TRANS) and RFC 7300. */
export const RESERVED_AS: readonly number[] = [23456, 65535];
/** RFC 6996, those of 16 bits without the last. */
export const PRIVATE_AS: Bounds = { minimum: 64512, maximum: 65534 };

/** The limit of Kubernetes (kubernetes.io, "Considerations for large clusters"); a typing error must not fill the memory. */
export const MOST_NODES = 5000;

/**
 * How many entries a map or list of a plan has at most. What a router filters and what an attachment's definition refuses are
 * lists of the plan's other things, so a plan's files grow with the products of these. Where no standard is named, the number
 * is our own: far above what houses have, and a plan that has as many of all is checked within seconds
 * (test/plan/growth.slow.test.ts). A mistake (a loop in a script that writes the plan) gets one sentence in place of minutes.
 */
export const MOST = {
  nodes: MOST_NODES,
  /** Our own, a quarter of the VLANs that a switch can have (4,094, IEEE 802.1Q). */
  networks: 1000,
  /** Our own: an eighth of the private AS numbers of 16 bits, of which each site has one (1,023, RFC 6996 section 5). */
  routers: 128,
  /** Our own: a hub with its spokes has one each, a full mesh of 45 routers has 990. */
  links: 1000,
  /** Our own, one for each site and purpose. A router discards, and its filters name, each subnet of each pool. */
  loadBalancers: 64,
  /**
   * Our own. All definitions are in one release of Helm, whose record is one Secret, compressed, of at most 1 MiB (MaxSecretSize
   * in kubernetes, pkg/apis/core/types.go): a plan whose definitions name many subnets meets that limit before this one.
   */
  attachments: 256,
  /** Our own, of one node. Each is a device, or a VLAN of one. */
  interfaces: 256,
  /** Addresses of one network's DNS servers: four bytes each in a DHCP option, whose length is one byte (RFC 2132 section 3.8). */
  dns: 63,
  /** Our own, of one network: each lease is compared with all of them. */
  dhcpServers: 63,
} as const;

/** Nodes: up to this a full mesh works well, beyond it route reflectors do (docs.tigera.io, "Configure BGP peering", Full-mesh). */
export const LARGEST_MESH = 100;

/**
 * Between routers and nodes. Our own: a router and its standby have one with each of the most nodes. Each is a neighbor in the
 * file of its router and a session that the router keeps alive.
 */
export const MOST_SESSIONS = 2 * MOST_NODES;

/** Seconds. RFC 4271 section 4.2: zero or at least three; with zero a dead peer is never detected. */
export const HOLD: Bounds = { minimum: 3, maximum: 65535 };
export const DEFAULT_HOLD = 9;
/** Keepalives within a hold time (RFC 4271 section 4.4). */
export const KEEPALIVES = 3;
/** Seconds. */
export const KEEPALIVE: Bounds = { minimum: 1, maximum: HOLD.maximum / KEEPALIVES };
export const DEFAULT_KEEPALIVE = DEFAULT_HOLD / KEEPALIVES;

/**
 * Prefix lengths of the services' range. kube-apiserver refuses less than 8 addresses and more than 20 bits of hosts
 * (kubernetes v1.36, pkg/controlplane/services.go, ServiceIPRange; cmd/kube-apiserver/app/options/validation.go), kubeadm less
 * than 10 addresses (cmd/kubeadm/app/constants, MinimumAddressesInServiceSubnet).
 */
export const SERVICES_PREFIX: Bounds = { minimum: 12, maximum: 28 };

/** Seconds: below this dnsmasq grants two minutes (dnsmasq(8), --dhcp-range); the field has 32 bits, all ones mean "infinite" (RFC 2131). */
export const LEASE: Bounds = { minimum: 120, maximum: 2 ** 32 - 2 };

/** The index of the cluster's DNS address in the services' range, by convention of kubeadm, k3s, RKE2 and Talos. */
export const DNS_INDEX = 10;

/** `576 to 9216`. */
export function span({ minimum, maximum }: Bounds): string {
  return `${minimum} to ${maximum}`;
}
