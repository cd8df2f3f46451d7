/**
 * Rules of mode bridged: each node has a range of the network's own addresses for its pods.
 *
 *     node1           node2           node3
 *     |.first...count|.first...count|.         count may reach up to the next node, no further
 */
import { Address, type Cidr, Range } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';
import { hostsOf, interfacesOf, type NodeInterface, type ReadableNetwork } from './view/topology.ts';

const HIGHEST = 2 ** 32 - 1;

export interface NodeRange {
  readonly who: string;
  readonly range: Range;
  readonly path: Path;
}

export function* bridgedRanges(checked: CheckedPlan): Iterable<Violation> {
  const { network, dhcp, found } = rangesOf(checked);
  if (network === undefined) return;
  for (const one of found) if ('problem' in one) yield one;
  const ranges = found.filter((one): one is NodeRange => 'range' in one);
  yield* collisions(checked, network, ranges);
  if (dhcp?.range)
    for (const { who, range, path } of ranges)
      if (range.overlaps(dhcp.range))
        yield {
          at: path,
          problem: `the pod addresses of ${who}, ${String(range)}, overlap the DHCP range of network ${network}, ${String(dhcp.range)}`,
        };
}

/** Ranges against each other and against fixed addresses: one walk in address order finds both. */
function* collisions(checked: CheckedPlan, network: string, ranges: readonly NodeRange[]): Iterable<Violation> {
  const byFirst = ranges.toSorted((a, b) => a.range.first.value - b.range.first.value);
  const hosts = hostsOf(checked)
    .filter((host) => host.network === network)
    .sort((a, b) => a.address.value - b.address.value);
  let furthest: NodeRange | undefined;
  let next = 0;
  for (const one of byFirst) {
    const { who, range, path } = one;
    while ((hosts[next]?.address.value ?? Infinity) < range.first.value) next++;
    const host = hosts[next];
    const theirs = `the pod addresses of ${who}, ${String(range)},`;
    if (furthest?.range.overlaps(range)) yield { at: path, problem: `${theirs} overlap those of ${furthest.who}` };
    else if (host && range.contains(host.address))
      yield { at: path, problem: `${theirs} contain ${String(host.address)} of ${host.who}` };
    if (!furthest || range.last.value > furthest.range.last.value) furthest = one;
  }
}

export function* noBridge({ plan }: CheckedPlan): Iterable<Violation> {
  if (plan.pods?.mode !== 'bridged' || plan.pods.network === undefined) return;
  for (const { node, name, value, path } of interfacesOf(plan))
    if (value.network === plan.pods.network && value.bridge === undefined)
      yield {
        at: [...path, 'bridge'],
        problem: `${name} of node ${node} is not a port of a bridge: its pods cannot reach the network`,
      };
}

/** The addresses that each node has for its pods; empty in another mode. */
export function nodeRanges(checked: CheckedPlan): NodeRange[] {
  return rangesOf(checked).found.filter((one): one is NodeRange => 'range' in one);
}

interface Ranges {
  /** Undefined where pods are not bridged, or where that could not be read. */
  readonly network: string | undefined;
  readonly dhcp?: ReadableNetwork['dhcp'];
  readonly found: readonly (NodeRange | Violation)[];
}

function rangesOf(checked: CheckedPlan): Ranges {
  const { pods, networks } = checked.plan;
  const { first, count } = pods?.perNode ?? {};
  if (pods?.mode !== 'bridged' || pods.network === undefined || first === undefined || count === undefined)
    return { network: undefined, found: [] };
  const { network } = pods;
  const { subnet, dhcp } = networks?.[network] ?? {};
  const found = [...interfacesOf(checked.plan)]
    .filter(({ value }) => value.network === network)
    .flatMap((one) => rangeOf(one, network, subnet, { first, count }));
  return { network, dhcp, found };
}

function rangeOf(
  { node, name, value: { address }, path }: NodeInterface,
  network: string,
  subnet: Cidr | undefined,
  { first, count }: { first: number; count: number },
): (NodeRange | Violation)[] {
  const at = [...path, 'address'];
  if (address === undefined) return [];
  if (!(address instanceof Address)) {
    const problem = `node ${node} (${name}) gets its address by DHCP, so the addresses of its pods are unknown`;
    const remedy = 'write the address of the node, with assigned: dhcp if the DHCP server reserves it';
    return [{ at, problem, remedy }];
  }
  // An address outside its network has its own finding (addresses/outside-network).
  if (subnet && !subnet.contains(address)) return [];
  const start = address.value + first;
  const end = Math.min(start + count - 1, HIGHEST);
  if (start > HIGHEST || (subnet && end >= subnet.last.value)) {
    const last = subnet ? ` end before the broadcast address ${String(subnet.last)}` : ' end';
    const problem = `the ${count} pod addresses of node ${node}, starting at ${String(address)} + ${first}, do not fit in network ${network}, whose addresses${last}`;
    return [{ at, problem }];
  }
  return [{ who: `node ${node}`, range: Range.of(Address.of(start), Address.of(end)), path: at }];
}

/** Pods send what is for these networks to the gateway, and what is for their own to nobody. */
export function* bridgedRoutes({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const { pods, networks } = plan;
  if (pods?.mode !== 'bridged' || pods.network === undefined) return;
  const carrier = networks?.[pods.network];
  const services = plan.kubernetes?.services;
  for (const [index, to] of (pods.routes ?? []).entries()) {
    const at = ['pods', 'routes', index];
    if (!carrier?.subnet) continue;
    if (carrier.gateway === undefined) {
      // A gateway with a mistake in it is told already.
      if (incomplete(['networks', pods.network])) return;
      yield {
        at,
        problem: `network ${pods.network} has no gateway by which pods would reach ${String(to)}`,
        remedy: `add gateway to network ${pods.network}, or remove the route`,
      };
    } else if (to.overlaps(carrier.subnet))
      yield {
        at,
        problem: `${String(to)} overlaps ${String(carrier.subnet)} of network ${pods.network}, which pods reach without a gateway`,
        remedy: 'remove it, or write the part that is outside',
      };
    else if (services && to.overlaps(services))
      yield {
        at,
        problem: `${String(to)} overlaps kubernetes.services ${String(services)}, which pods reach by their node`,
        remedy: 'remove it, or write the part that is outside',
      };
  }
}

/** etcd's and a ConfigMap's limit is 1 MiB (k8s.io/kubernetes, core/validation, MaxSecretSize, of ConfigMaps too); the rest is for what all nodes share. */
const LARGEST_SETTINGS = 1_000_000;
/** The keys and signs of a node in them, the longest name of a bridge, a prefix length, and four addresses as long as they get. */
const OF_A_NODE = 114 + 4 * '255.255.255.255'.length;

export function* bridgedSettings({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  if (plan.pods?.mode !== 'bridged' || incomplete(['nodes'])) return;
  const nodes = entries(plan.nodes);
  const bytes = nodes.reduce((sum, [name]) => sum + name.length + OF_A_NODE, 0);
  if (bytes > LARGEST_SETTINGS)
    yield {
      at: ['nodes'],
      problem: `the settings of ${nodes.length} nodes take ${bytes} bytes, more than the ${LARGEST_SETTINGS} that fit into one ConfigMap`,
    };
}
