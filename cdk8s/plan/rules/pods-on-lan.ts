/**
 * Rules of mode on-lan: pods inside the LAN's own subnet. Why whole blocks: a device with a reserved address inside a claimed
 * block answers hosts of the LAN, but nodes, pods and the router send its packets to the block's node
 * (docs/facts.md#blocks-and-reserved-addresses).
 *
 *     network    |------------------------------------|
 *     devices      .1    .38 --- DHCP --- .243
 *     pods                              |-------------|
 *     blocks                            |   |   |   | b    b: the broadcast address
 */
import { type Address, type Cidr, blockOf, IntervalSet, type Range } from '../../address/index.ts';
import { hasAddress } from '../carrier.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';
import { carriersOf, hostsOf } from './view/topology.ts';

interface OnLan {
  readonly network: string;
  readonly lan: Cidr;
  readonly pods: Cidr;
  readonly blockSize: number;
}

/** Pods and their network; undefined in another mode, or if one of them is not known. */
function onLan(checked: CheckedPlan): OnLan | undefined {
  const { pods, networks } = checked.plan;
  if (pods?.mode !== 'on-lan' || !pods.subnet || pods.blockSize === undefined) return undefined;
  const [only, ...others] = carriersOf(checked).keys();
  const network = pods.network ?? (others.length === 0 ? only : undefined);
  const lan = network === undefined ? undefined : networks?.[network]?.subnet;
  return network !== undefined && lan ? { network, lan, pods: pods.subnet, blockSize: pods.blockSize } : undefined;
}

export function* insideNetwork(checked: CheckedPlan): Iterable<Violation> {
  const found = onLan(checked);
  if (!found) return;
  const { network, lan, pods } = found;
  const at: Path = ['pods', 'subnet'];
  if (pods.equals(lan))
    yield {
      at,
      problem: `the pods' subnet is all of network ${network} ${String(lan)}: no address is left for devices`,
    };
  else if (!lan.contains(pods))
    yield { at, problem: `the pods' subnet ${String(pods)} is outside network ${network} ${String(lan)}` };
}

interface Device {
  readonly who: string;
  readonly has: Address | Range;
  readonly path: Path;
}

function devicesIn(checked: CheckedPlan, { network, pods }: OnLan): Device[] {
  const found: Device[] = hostsOf(checked)
    .filter((host) => host.network === network)
    .map(({ who, address, path }) => ({ who, has: address, path }));
  const { range, servers } = checked.plan.networks?.[network]?.dhcp ?? {};
  for (const [index, has] of (servers ?? []).entries()) {
    const path = ['networks', network, 'dhcp', 'servers', index];
    found.push({ who: `a DHCP server of network ${network}`, has, path });
  }
  if (range) {
    const path = ['networks', network, 'dhcp', 'range'];
    found.push({ who: `the DHCP range of network ${network}`, has: range, path });
  }
  return found.filter(({ has }) => pods.overlaps(has));
}

/** No device has the network or the broadcast address, so these count as taken. */
function takenBy(devices: readonly Device[], { lan }: OnLan): IntervalSet {
  return IntervalSet.of(lan.first, lan.last, ...devices.map(({ has }) => has));
}

/** How many blocks of the pods' subnet consist of other addresses only and are left to them. */
export function reservedBlocks(checked: CheckedPlan): number {
  const found = onLan(checked);
  if (!found) return 0;
  const devices = devicesIn(checked, found);
  if (devices.length === 0) return 0;
  const size = 2 ** (32 - found.blockSize);
  const taken = takenBy(devices, found).intersection(IntervalSet.of(found.pods));
  const whole = taken.ranges().map(({ first, last }) => {
    const lowest = Math.ceil(first.value / size);
    return Math.max(0, Math.floor((last.value + 1) / size) - lowest);
  });
  return whole.reduce((sum, count) => sum + count, 0);
}

export function* reservations(checked: CheckedPlan): Iterable<Violation> {
  const found = onLan(checked);
  // The whole network, an address outside it, or less than a block have findings of their own.
  if (!found?.lan.contains(found.pods) || found.pods.equals(found.lan) || found.pods.prefix > found.blockSize) return;
  const { pods, blockSize } = found;
  const devices = devicesIn(checked, found);
  const taken = takenBy(devices, found);
  for (const { who, has, path } of devices) {
    // Blocks between the first and the last consist of this one's own addresses.
    const blocks = [has.first, has.last].filter((end) => pods.contains(end)).map((end) => blockOf(blockSize, end));
    const partly = blocks.find((one) => !taken.contains(one));
    if (!partly) continue;
    const inside = taken.intersection(IntervalSet.of(partly)).size;
    yield {
      at: path,
      problem: `${who} has ${String(has)}, which is inside the pods' subnet ${String(pods)}; reserved addresses fill only ${inside} of the ${partly.size} addresses of block ${String(partly)}`,
    };
  }
}

export function* onLanInterfaces({ plan }: CheckedPlan): Iterable<Violation> {
  if (plan.pods?.mode !== 'on-lan') return;
  for (const [name, { interfaces }] of entries(plan.nodes)) {
    // Without an address there is no route that proxy ARP could answer for.
    const all = entries(interfaces).filter(([, one]) => hasAddress(one));
    if (all.length < 2) continue;
    yield {
      at: ['nodes', name, 'interfaces'],
      problem: `node ${name} has an address at ${all.length} interfaces: ${all.map(([one]) => one).join(', ')}`,
    };
  }
}

export function* attachedToPods(checked: CheckedPlan): Iterable<Violation> {
  const taken = networkOfPods(checked);
  if (!taken) return;
  for (const [name, { network }] of entries(checked.plan.attachments))
    if (network === taken.network)
      yield {
        at: ['attachments', name, 'network'],
        problem: `attachment ${name} leads to network ${network}, which ${taken.why}`,
      };
}

/** The network that has pods on it or inside it, and why an attachment there works for nobody. */
function networkOfPods(checked: CheckedPlan): { readonly network: string; readonly why: string } | undefined {
  const { pods } = checked.plan;
  if (pods?.mode === 'bridged' && pods.network !== undefined)
    return {
      network: pods.network,
      why: 'every pod is on already: a second interface there would take the answers of the first',
    };
  const found = onLan(checked);
  if (!found?.lan.overlaps(found.pods)) return undefined;
  return {
    network: found.network,
    // route-fix refuses a lease whose network contains addresses of the cluster.
    why: `has the pods' subnet ${String(found.pods)} inside it: its pods would send what is for other pods to the LAN, so they refuse every address there`,
  };
}
