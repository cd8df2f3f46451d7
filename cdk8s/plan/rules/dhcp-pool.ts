/**
 * Whether a DHCP range is large enough. As many addresses as devices are not enough: a device that comes back with another
 * identity, or a pod that died without releasing its lease, occupies an address until the lease expires.
 *
 *     range                                need
 *     |---------------------------------|  clients + nodes + pods (replicas and what an update adds)
 *     - reserved                           + a fifth of that, at least 2
 */
import { groupBy } from '../group.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { counted } from '../wording.ts';
import { attachedOf, workersOf, type Attached } from './view/attached.ts';
import { hostsOf, interfacesOf } from './view/topology.ts';

const SPARE = 0.2;
const LEAST_SPARE = 2;
/** A message names this many at most. */
const LONGEST_LIST = 6;

export function* poolSize(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  const askingNodes = groupBy(
    [...interfacesOf(plan)].filter(({ value }) => value.address === 'dhcp'),
    ({ value }) => value.network,
  );
  const reserved = groupBy(
    // A reserved device inside the range is there because the server keeps its address (dhcp/static-in-range).
    hostsOf(checked).filter(({ assigned, kind }) => assigned || kind === 'reserved'),
    ({ network }) => network,
  );
  const asking = groupBy(
    attachedOf(checked).filter(({ attachment }) => plan.attachments?.[attachment]?.addresses === 'dhcp'),
    ({ attachment }) => plan.attachments?.[attachment]?.network,
  );
  const bridged = bridgedNodes(checked);
  for (const [network, { dhcp }] of entries(plan.networks)) {
    const { range, clients } = dhcp ?? {};
    if (!range || clients === undefined) continue;
    const inside = (reserved.get(network) ?? []).filter(({ address }) => range.contains(address));
    const taken = new Set(inside.map(({ address }) => address.value)).size;
    const nodes = askingNodes.get(network)?.length ?? 0;
    const pods = (asking.get(network) ?? []).map((one) => podsOf(one, bridged.get(network) ?? 0));
    const asked = clients + nodes + sum(pods.map(({ count }) => count));
    if (asked === 0) continue;
    const spare = Math.max(LEAST_SPARE, Math.ceil(asked * SPARE));
    const missing = asked + spare - (range.size - taken);
    if (missing <= 0) continue;
    yield {
      at: ['networks', network, 'dhcp', 'range'],
      problem: `the DHCP range of network ${network}, ${String(range)}, ${room(range.size, taken)}; ${need(clients, nodes, pods)} = ${asked}, plus ${spare} spare (a fifth, at least ${LEAST_SPARE}) = ${asked + spare}: ${missing} too few`,
      remedy: `make the range larger by ${missing} or more addresses${pods.length > 0 ? ', or use fewer pods with an attachment' : ''}`,
    };
  }
}

interface AskingPods {
  readonly count: number;
  /** `sonos 2 + 1` */
  readonly shown: string;
}

/** How many of the nodes that run pods have a bridge on each network: on the others no pod with its attachment starts. */
function bridgedNodes(checked: CheckedPlan): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [, { interfaces }] of workersOf(checked) ?? []) {
    const bridged = entries(interfaces).flatMap(([, { bridge, network }]) =>
      bridge === undefined || network === undefined ? [] : [network],
    );
    for (const network of new Set(bridged)) counts.set(network, (counts.get(network) ?? 0) + 1);
  }
  return counts;
}

function podsOf({ name, kind, replicas, surge }: Attached, nodes: number): AskingPods {
  if (kind === 'DaemonSet')
    return { count: nodes + surge, shown: `${name} 1 on each of ${counted(nodes, 'node')}${plus(surge)}` };
  return { count: replicas + surge, shown: `${name} ${replicas}${plus(surge)}` };
}

function plus(surge: number): string {
  return surge === 0 ? '' : ` + ${surge} during an update`;
}

function room(size: number, taken: number): string {
  const all = `has ${counted(size, 'address', 'addresses')}`;
  return taken === 0 ? all : `${all} minus ${taken} reserved = ${size - taken}`;
}

function need(clients: number, nodes: number, pods: readonly AskingPods[]): string {
  const shown = pods.slice(0, LONGEST_LIST).map((one) => one.shown);
  const more = pods.length > LONGEST_LIST ? `, and ${pods.length - LONGEST_LIST} more workloads` : '';
  const count = sum(pods.map((one) => one.count));
  return [
    counted(clients, 'client'),
    `${counted(nodes, 'node')} by DHCP`,
    `${counted(count, 'pod')}${pods.length > 0 ? ` (${shown.join(', ')}${more})` : ''}`,
  ].join(' + ');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
