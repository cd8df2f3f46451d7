/**
 * Nodes with their interfaces: which device has the address, which route is taken, which rule sends answers back, what the
 * kernel, the node's own firewall and the hypervisor are told.
 */
import { Address } from '../../address/index.ts';
import { hypervisors } from '../../platforms/hypervisors/index.ts';
import { tainting } from './control-planes.ts';
import { carrying } from '../carrier.ts';
import { must } from '../must.ts';
import type {
  DefaultRoute,
  ForwardRule,
  Node,
  NodeBridge,
  NodeInterface,
  Segment,
  VirtualSwitch,
  VirtualVlan,
  VlanTag,
} from '../network/index.ts';
import type { Plan } from '../schema/index.ts';
import { proxyArp } from './pods.ts';
import { sourceRules } from './source-rules.ts';
import { sysctls } from './sysctls.ts';
import { parentOf, vlanDevice } from '../vlan.ts';

type WrittenNode = Plan['nodes'][string];
type WrittenInterface = WrittenNode['interfaces'][string];

/** A node before it is known which sessions choose it by a label (kubernetes.ts adds what follows from that). */
export type BareNode = Omit<Node, 'labels' | 'settings'>;

/** Of the interface with `defaultRoute: preferred`, and of the others, systemd-networkd's own for DHCP. */
const PREFERRED_METRIC = 90;
const USUAL_METRIC = 1024;

export function resolveNodes(plan: Plan, segments: readonly Segment[]): BareNode[] {
  const byName = new Map(segments.map((segment) => [segment.name, segment]));
  const segmentOf = (name: string): Segment => must(byName.get(name), `network ${name}`);
  const taintsAt = tainting(Object.values(plan.nodes), plan.kubernetes.distribution);
  const carrierOf = carrying(plan);
  return Object.entries(plan.nodes).map(([name, node]) => {
    const interfaces = interfacesOf(node, segmentOf);
    const network = carrierOf(node);
    const uplink = must(
      interfaces.find((one) => one.network === network),
      `interface of node ${name} that carries pods`,
    );
    return {
      name,
      roles: node.roles,
      ...taintsAt(node),
      system: node.os ?? (plan.kubernetes.distribution === 'talos' ? 'talos' : 'networkd'),
      host: node.host,
      interfaces,
      uplink,
      preferred: byMetric(interfaces).find((one) => one.defaultRoute),
      network: uplink.network,
      dns: dnsOf(interfaces, segmentOf),
      sourceRules: sourceRules(plan, interfaces, uplink, segmentOf),
      sysctls: sysctls(interfaces, proxyArp(plan) ? uplink : undefined, plan.pods.mode),
      forward: forwardRules(interfaces, plan.pods.mode === 'bridged' ? uplink : undefined),
      virtualSwitch: hypervisors[node.host].virtual ? virtualSwitch(interfaces, segmentOf) : undefined,
    };
  });
}

type SegmentOf = (name: string) => Segment;

function interfacesOf({ interfaces }: WrittenNode, segmentOf: SegmentOf): NodeInterface[] {
  const tags = new Map<string, VlanTag>();
  for (const [name, { tagged, network }] of Object.entries(interfaces)) {
    const number = segmentOf(network).vlan;
    if (tagged && number !== undefined) tags.set(name, { parent: parentOf(name), number });
  }
  /** A VLAN's packets pass the device below, which is raised to them. */
  const largestOn = (device: string, own: number): number =>
    Math.max(
      own,
      ...Object.entries(interfaces)
        .filter(([name]) => tags.get(name)?.parent === device)
        .map(([, { network }]) => segmentOf(network).mtu),
    );
  return Object.entries(interfaces).map(([name, written]) => {
    const segment = segmentOf(written.network);
    const { subnet, mtu } = segment;
    const tag = tags.get(name);
    const device = tag ? vlanDevice(name, tag.number) : name;
    const deviceMtu = tag ? mtu : largestOn(name, mtu);
    return {
      name,
      network: written.network,
      subnet,
      device,
      bridge: bridge(written),
      holder: written.bridge ?? device,
      tag,
      bond: written.bond,
      mac: written.mac,
      address: written.address instanceof Address ? written.address : undefined,
      from: written.assigned ?? (written.address instanceof Address ? 'itself' : written.address),
      mtu,
      deviceMtu,
      routeMtu: lowered(mtu, deviceMtu),
      defaultRoute: defaultRoute(written, segment, deviceMtu),
    };
  });
}

/** It has one way out, so there is no loop to look for, and a pod asks for its lease at once. */
function bridge({ bridge: name, mac }: WrittenInterface): NodeBridge | undefined {
  return name === undefined ? undefined : { name, mac, stp: false, forwardDelay: 0, portAddresses: false };
}

function defaultRoute(
  { defaultRoute: wish, address }: WrittenInterface,
  { gateway, gatewayMtu }: Segment,
  deviceMtu: number,
): DefaultRoute | undefined {
  if (!gateway || wish === 'none' || address === 'none') return undefined;
  return {
    gateway,
    metric: wish === 'preferred' ? PREFERRED_METRIC : USUAL_METRIC,
    // The gateway would drop, or have to split, what only the hosts of the segment can take.
    mtu: lowered(gatewayMtu, deviceMtu),
  };
}

/** The MTU that a route needs on a device of larger packets. */
function lowered(mtu: number, deviceMtu: number): number | undefined {
  return mtu < deviceMtu ? mtu : undefined;
}

/** Those with a default route first, the smallest metric before others. */
function byMetric(interfaces: readonly NodeInterface[]): NodeInterface[] {
  const metric = ({ defaultRoute }: NodeInterface): number => defaultRoute?.metric ?? Infinity;
  return interfaces.toSorted((a, b) => (metric(a) === metric(b) ? 0 : metric(a) - metric(b)));
}

/** Those of the network that leads to the internet, or of the first that names some. */
function dnsOf(interfaces: readonly NodeInterface[], segmentOf: SegmentOf): readonly Address[] {
  return (
    byMetric(interfaces.filter(({ from }) => from !== 'none'))
      .map(({ network }) => segmentOf(network).dns)
      .find((dns) => dns.length > 0) ?? []
  );
}

/** `carrier`: where pods are on the bridge itself, and their packets for Services pass it. */
function forwardRules(
  interfaces: readonly NodeInterface[],
  carrier: NodeInterface | undefined,
): readonly ForwardRule[] {
  if (!hasBridge(interfaces)) return [];
  return [
    ...(carrier?.bridge
      ? [{ family: 'ipv4', match: 'doubled', bridge: carrier.bridge.name, subnet: carrier.subnet } as const]
      : []),
    { family: 'ipv4', match: 'bridged' },
    // Pods on the LAN have IPv6 too: router advertisements, Matter.
    { family: 'ipv6', match: 'bridged' },
  ];
}

function virtualSwitch(interfaces: readonly NodeInterface[], segmentOf: SegmentOf): VirtualSwitch {
  return {
    vlans: interfaces.flatMap(({ name, network, tag, mac }): VirtualVlan[] => {
      const number = segmentOf(network).vlan;
      if (tag) return [{ number: tag.number, tagged: true, device: tag.parent, mac }];
      return number === undefined ? [] : [{ number, tagged: false, device: name, mac }];
    }),
    largestPacket: Math.max(...interfaces.map(({ deviceMtu }) => deviceMtu)),
    // Attachments and pods.mode bridged put further MAC addresses on a bridge; a bridge of the plan is there for them.
    otherMacs: hasBridge(interfaces),
  };
}

function hasBridge(interfaces: readonly NodeInterface[]): boolean {
  return interfaces.some(({ bridge: one }) => one !== undefined);
}
