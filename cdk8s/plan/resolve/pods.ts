/** How pods get their addresses, and how large their packets are. */
import { IntervalSet, type Cidr } from '../../address/index.ts';
import { ANSWERS_ARP_SINCE } from '../../platforms/calico.ts';
import { must, named } from '../must.ts';
import type { OnLanPods, Pods, PodsInBlocks, Segment } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';
import { resolveBridged } from './bridged.ts';
import { hostsOn } from './hosts.ts';
import { calicoMinor } from '../versions.ts';
import type { BareNode } from './nodes.ts';
import { versionsOf } from './versions.ts';

export function resolvePods(plan: Plan, segments: readonly Segment[], nodes: readonly BareNode[]): Pods {
  const { mode, subnet, cni } = plan.pods;
  switch (mode) {
    case 'routed':
      return { mode, ...inBlocks(plan, nodes) };
    case 'on-lan':
      return onLan(plan, segments, nodes);
    case 'existing':
      return { mode, subnet: must(subnet, 'subnet of pods'), cni: typeof cni === 'string' ? cni : undefined };
    case 'bridged':
      return resolveBridged(plan, nodes, segments);
  }
}

function inBlocks({ pods, networks, links }: Plan, nodes: readonly BareNode[]): PodsInBlocks {
  const carriers = [...new Set(nodes.map((node) => node.network))].map((name) =>
    must(networks[name], `network ${name}`),
  );
  const onTheWay = [
    ...carriers.map((network) => Math.min(network.mtu, network.gatewayMtu ?? network.mtu)),
    ...Object.values(links).map((link) => link.mtu),
  ];
  return {
    subnet: must(pods.subnet, 'subnet of pods'),
    blockSize: pods.blockSize,
    mtu: pods.mtu ?? Math.min(...onTheWay),
    nodeSubnets: carriers.map((network) => network.subnet),
  };
}

/** The rules let one network carry these pods. */
function onLan(plan: Plan, segments: readonly Segment[], nodes: readonly BareNode[]): OnLanPods {
  const pods = inBlocks(plan, nodes);
  const segment = named(segments, must(nodes[0], 'node').network, 'network');
  return {
    mode: 'on-lan',
    ...pods,
    network: segment.name,
    networkSubnet: segment.subnet,
    reserved: reservedIn(pods.subnet, plan, segment),
    answersArp: arpOf(plan),
  };
}

/** Who answers ARP for on-lan pods. */
function arpOf(plan: Plan): OnLanPods['answersArp'] {
  return calicoMinor(versionsOf(plan).calico) >= ANSWERS_ARP_SINCE ? 'calico' : 'kernel';
}

/** Whether nodes answer ARP for their pods by a setting of the kernel. */
export function proxyArp(plan: Plan): boolean {
  return plan.pods.mode === 'on-lan' && arpOf(plan) === 'kernel';
}

/**
 * What Calico gives no pod of its pool: addresses that devices have or get by DHCP, and the network's own first and last one,
 * which Calico would give out (projectcalico/calico#3825). Devices fill whole blocks (pods/reservations); the other two need
 * not, since nobody has them.
 */
function reservedIn(pool: Cidr, plan: Plan, segment: Segment): readonly Cidr[] {
  const { subnet, dhcp } = segment;
  const taken = IntervalSet.of(subnet.first, subnet.last, ...hostsOn(plan, segment), ...(dhcp ? [dhcp.range] : []));
  return taken.intersection(IntervalSet.of(pool)).cidrs();
}
