/**
 * Static addresses of pods. Nobody gives them out, so nobody notices a second device with the same one: the plan has to.
 *
 *     network  |-- gateway -- nodes -- |===== range =====| -- |== DHCP ==| --|
 *                                        ^    ^
 *                                        workloads and apps with an address
 */
import { Range, type Address } from '../../address/index.ts';
import { groupBy } from '../group.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { attachedOf, staticPods } from './view/attached.ts';
import { hostsOf } from './view/topology.ts';

/** A message names this many at most. */
const LONGEST_LIST = 4;
const APP: Path = ['apps', 'home-assistant'];

interface StaticRange {
  readonly attachment: string;
  readonly network: string;
  readonly range: Range;
  readonly path: Path;
}

function rangesOf({ plan }: CheckedPlan): StaticRange[] {
  return entries(plan.attachments).flatMap(([attachment, { network, addresses }]) =>
    addresses instanceof Range && network !== undefined
      ? [{ attachment, network, range: addresses, path: ['attachments', attachment, 'addresses'] }]
      : [],
  );
}

interface Holder {
  /** The name by which a message calls it. */
  readonly who: string;
  readonly address: Address;
}

/** Whoever has an address on a network besides the pods, by address. */
function othersOn(checked: CheckedPlan): ReadonlyMap<string, readonly Holder[]> {
  const hosts = hostsOf(checked).filter(({ kind }) => kind !== 'pod');
  const all = [...hosts, ...furtherServers(checked)].sort((a, b) => a.address.value - b.address.value);
  return groupBy(all, ({ network }) => network);
}

/** Those with an address of the range; they are sorted, so the others are not looked at. */
function within(sorted: readonly Holder[], range: Range): Holder[] {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle]?.address.value ?? 0) < range.first.value) low = middle + 1;
    else high = middle;
  }
  const found: Holder[] = [];
  for (let one = sorted[low]; one && range.contains(one.address); one = sorted[++low]) found.push(one);
  return found;
}

/** Each range that overlaps an earlier one of the plan, with that one. In order of addresses only the range that reaches furthest counts. */
function overlapping(ranges: readonly StaticRange[]): ReadonlyMap<StaticRange, StaticRange> {
  const found = new Map<StaticRange, StaticRange>();
  const order = new Map(ranges.map((one, index) => [one, index]));
  let furthest: StaticRange | undefined;
  for (const one of ranges.toSorted((a, b) => a.range.first.value - b.range.first.value)) {
    if (furthest?.range.overlaps(one.range)) {
      const isLater = (order.get(one) ?? 0) > (order.get(furthest) ?? 0);
      found.set(isLater ? one : furthest, isLater ? furthest : one);
    }
    if (!furthest || one.range.last.value > furthest.range.last.value) furthest = one;
  }
  return found;
}

function furtherServers({ plan }: CheckedPlan): (Holder & { network: string })[] {
  return entries(plan.networks).flatMap(([network, { dhcp }]) =>
    (dhcp?.servers ?? []).map((address) => ({ who: 'a DHCP server', address, network })),
  );
}

function* freeRange(checked: CheckedPlan): Iterable<Violation> {
  const others = othersOn(checked);
  for (const [network, ranges] of groupBy(rangesOf(checked), (one) => one.network)) {
    const leased = checked.plan.networks?.[network]?.dhcp?.range;
    const overlaps = overlapping(ranges);
    for (const one of ranges) {
      const { attachment, range, path } = one;
      const what = `the addresses of attachment ${attachment}, ${String(range)},`;
      const inside = within(others.get(network) ?? [], range);
      const other = overlaps.get(one);
      if (inside.length > 0) yield { at: path, problem: `${what} contain ${shown(inside)}: a pod could request it` };
      else if (leased?.overlaps(range))
        yield {
          at: path,
          problem: `${what} overlap the DHCP range of network ${network}, ${String(leased)}: the server could lease one to another device`,
        };
      else if (other)
        yield { at: path, problem: `${what} overlap those of attachment ${other.attachment}, ${String(other.range)}` };
    }
  }
}

/** A gateway may be a router as well: that name is more useful. */
function shown(hosts: readonly Holder[]): string {
  const all = [...new Map(hosts.map((host) => [host.address.value, host])).values()];
  const first = all.slice(0, LONGEST_LIST).map(({ who, address }) => `${String(address)} of ${who}`);
  return `${first.join(', ')}${all.length > LONGEST_LIST ? ` and ${all.length - LONGEST_LIST} more` : ''}`;
}

function* ownAddress(checked: CheckedPlan): Iterable<Violation> {
  const ranges = groupBy(rangesOf(checked), ({ network }) => network);
  const servers = groupBy(furtherServers(checked), ({ network }) => network);
  for (const { name, attachment, address, addressPath } of staticPods(checked)) {
    const network = checked.plan.attachments?.[attachment]?.network ?? '';
    const here = ranges.get(network) ?? [];
    const own = here.find((one) => one.attachment === attachment);
    const foreign = here.find((one) => one !== own && one.range.contains(address));
    const what = `${String(address)} of ${name}`;
    if (own && !own.range.contains(address))
      yield {
        at: addressPath,
        problem: `${what} is outside ${String(own.range)}, the addresses of attachment ${attachment}`,
        remedy: 'choose an address of that range, or make the range larger',
      };
    else if (foreign)
      yield {
        at: addressPath,
        problem: `${what} is inside ${String(foreign.range)}, the addresses of attachment ${foreign.attachment}: one of its pods could request it`,
        remedy: 'choose another address',
      };
    else if (servers.get(network)?.some((server) => server.address.equals(address)))
      yield { at: addressPath, problem: `${what} is that of a DHCP server`, remedy: 'choose another address' };
  }
}

function* staticRange(checked: CheckedPlan): Iterable<Violation> {
  yield* freeRange(checked);
  yield* ownAddress(checked);
}

function* staticMissing(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  for (const { name, attachment, address, path } of attachedOf(checked)) {
    const addresses = plan.attachments?.[attachment]?.addresses;
    const isApp = path[0] === 'apps';
    const at = isApp ? [...path, 'addresses', attachment] : [...path, 'address'];
    if (address || addresses === undefined || addresses === 'dhcp' || incomplete(at) || incomplete(path)) continue;
    if (addresses === 'static' || isApp)
      yield {
        at,
        problem: `attachment ${attachment} has static addresses, but the plan has none for ${name}: its pod would not start`,
        remedy: isApp
          ? `add addresses: {${attachment}: <address>} to apps.home-assistant`
          : `add address to ${name}, or write a range as addresses of the attachment`,
      };
  }
}

function* staticUnused(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  const used = plan.apps?.['home-assistant']?.attachments ?? [];
  for (const { name, attachment, address, addressPath } of staticPods(checked)) {
    const isApp = addressPath[0] === 'apps';
    if (isApp && !used.includes(attachment) && !incomplete([...APP, 'attachments'])) {
      if (plan.attachments?.[attachment] !== undefined)
        yield {
          at: addressPath,
          problem: `${name} has the address ${String(address)} on attachment ${attachment}, which is none of its attachments`,
          remedy: `add ${attachment} to its attachments, or remove the address`,
        };
    } else if (plan.attachments?.[attachment]?.addresses === 'dhcp')
      yield {
        at: addressPath,
        problem: `${name} has the address ${String(address)} on attachment ${attachment}, whose addresses come from a DHCP server`,
        remedy: `remove it, and let the DHCP server reserve the address for a MAC address (mac); or write addresses: static for attachment ${attachment}`,
      };
  }
}

function* staticGateway({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [name, { network, addresses, routes }] of entries(plan.attachments)) {
    const found = network === undefined ? undefined : plan.networks?.[network];
    if (addresses === undefined || addresses === 'dhcp' || !found || network === undefined) continue;
    if (found.gateway || (routes ?? []).length === 0 || incomplete(['networks', network, 'gateway'])) continue;
    yield {
      at: ['attachments', name, 'routes'],
      problem: `attachment ${name} has static addresses and routes, but network ${network} has no gateway for them`,
      remedy: `add gateway to network ${network}, or remove the routes`,
    };
  }
}

function* staticNobody(checked: CheckedPlan): Iterable<Violation> {
  const owned = new Set(staticPods(checked).map(({ attachment }) => attachment));
  for (const [name, { addresses }] of entries(checked.plan.attachments))
    if (
      addresses === 'static' &&
      !owned.has(name) &&
      !checked.incomplete(['apps']) &&
      !checked.incomplete(['attachments', name])
    )
      yield {
        at: ['attachments', name, 'addresses'],
        problem: `attachment ${name} has static addresses, but the plan has an address for no pod: none may request one`,
        remedy: 'add workloads with their address, or write the range from which pods may request any',
      };
}

export const staticRules: readonly Rule[] = [
  {
    code: 'attachments/static-range',
    severity: 'error',
    summary:
      "Static addresses of an attachment are nobody else's: its range has no gateway, router, node, reserved device or DHCP server and overlaps no DHCP range and no other attachment, and the addresses of its pods are inside it.",
    remedy: 'choose another range',
    check: staticRange,
  },
  {
    code: 'attachments/static-missing',
    severity: 'error',
    summary:
      'An app has an address on each of its attachments with static addresses, and a workload on one without a range.',
    remedy: 'add the address',
    check: staticMissing,
  },
  {
    code: 'attachments/static-unused',
    severity: 'error',
    summary: 'Apps and workloads have addresses only on attachments of theirs with static addresses.',
    remedy: 'remove the address',
    check: staticUnused,
  },
  {
    code: 'attachments/static-gateway',
    severity: 'error',
    summary: 'An attachment with static addresses and routes is on a network with a gateway.',
    remedy: 'add the gateway, or remove the routes',
    check: staticGateway,
  },
  {
    code: 'attachments/static-nobody',
    severity: 'warning',
    summary: 'An attachment with static addresses has a range, or workloads or an app with an address.',
    remedy: 'add the addresses',
    check: staticNobody,
  },
];
