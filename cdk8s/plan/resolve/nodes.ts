/** Nodes with their interfaces: which device has the address, which route is taken, which rule sends answers back. */
import { Address } from '../../address/index.ts';
import { taintsOf } from './control-planes.ts';
import type { DefaultRoute, Node, NodeInterface, Segment, VlanTag } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';
import { sourceRules } from './source-rules.ts';
import { parentOf, vlanDevice } from '../vlan.ts';

type WrittenNode = Plan['nodes'][string];
type WrittenInterface = WrittenNode['interfaces'][string];

/** Of the interface with `defaultRoute: preferred`, and of the others, systemd-networkd's own for DHCP. */
const PREFERRED_METRIC = 90;
const USUAL_METRIC = 1024;

export function resolveNodes(plan: Plan, segments: readonly Segment[]): Node[] {
  const byName = new Map(segments.map((segment) => [segment.name, segment]));
  const segmentOf = (name: string): Segment => {
    const found = byName.get(name);
    if (!found) throw new Error(`there is no network ${name}`);
    return found;
  };
  return Object.entries(plan.nodes).map(([name, node]) => {
    const interfaces = interfacesOf(node, segmentOf);
    const { network } = plan.pods;
    const uplink = network === undefined ? interfaces[0] : interfaces.find((one) => one.network === network);
    if (!uplink) throw new Error(`node ${name} has no interface that carries pods`);
    return {
      name,
      roles: node.roles,
      taints: taintsOf(node, Object.values(plan.nodes), plan.kubernetes.distribution),
      system: node.os,
      host: node.host,
      interfaces,
      uplink,
      network: uplink.network,
      dns: dnsOf(interfaces, segmentOf),
      sourceRules: sourceRules(plan, interfaces, uplink, segmentOf),
      labels: {},
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
    const tag = tags.get(name);
    const device = tag ? vlanDevice(name, tag.number) : name;
    return {
      name,
      network: written.network,
      device,
      bridge: written.bridge,
      holder: written.bridge ?? device,
      tag,
      bond: written.bond,
      mac: written.mac,
      address: written.address instanceof Address ? written.address : undefined,
      from: written.address === 'dhcp' || written.assigned === 'dhcp' ? ('dhcp' as const) : ('itself' as const),
      mtu: segment.mtu,
      deviceMtu: tag ? segment.mtu : largestOn(name, segment.mtu),
      defaultRoute: defaultRoute(written, segment),
    };
  });
}

function defaultRoute({ defaultRoute: wish }: WrittenInterface, segment: Segment): DefaultRoute | undefined {
  const { gateway, gatewayMtu, mtu } = segment;
  if (!gateway) return undefined;
  return {
    gateway,
    metric: wish === 'preferred' ? PREFERRED_METRIC : USUAL_METRIC,
    // The gateway would drop, or have to split, what only the hosts of the segment can take.
    mtu: gatewayMtu < mtu ? gatewayMtu : undefined,
  };
}

/** Those of the network that leads to the internet, or of the first that names some. */
function dnsOf(interfaces: readonly NodeInterface[], segmentOf: SegmentOf): readonly Address[] {
  const byMetric = interfaces.toSorted(
    (a, b) => (a.defaultRoute?.metric ?? Infinity) - (b.defaultRoute?.metric ?? Infinity),
  );
  return byMetric.map(({ network }) => segmentOf(network).dns).find((dns) => dns.length > 0) ?? [];
}
