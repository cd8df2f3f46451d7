/**
 * Plans that are checked together. Those of one house meet on its networks: what one gives to a device, no other may give
 * away again, and a router that both know is the same in both.
 *
 *     plan a  --- router 192.168.1.1 --- plan b        one house: compared
 *     plan c  --- router 10.0.0.1                      another: not compared
 *
 * Plans that name the same `house` are of one house, and their collisions are errors. Where one does not say, a router
 * of the same address and software on the same subnet is taken for the same one; many homes look alike, so these collisions are
 * warnings.
 */
import type { Cidr, Span } from '../address/index.ts';
import type { Finding, Path, Place } from './finding.ts';
import { groupBy } from './group.ts';
import type { Network } from './network/index.ts';

export interface PlanOfSeveral {
  readonly file: string;
  readonly network: Network | undefined;
  /** Where a value of the plan is in its text. */
  readonly placeOf: (path: Path) => Place;
}

/** About the later plan of a pair. */
interface Collision {
  readonly code: string;
  readonly at: Path;
  /** Completes "... in <the earlier file>". */
  readonly problem: string;
  readonly remedy: string;
}

/** One finding for each kind of collision of two plans, at its first place in the later one. */
export function collisionsOf(plans: readonly PlanOfSeveral[]): Finding[] {
  return plans.flatMap((later, index) =>
    plans.slice(0, index).flatMap((earlier) => (earlier.file === later.file ? [] : between(earlier, later))),
  );
}

function between(earlier: PlanOfSeveral, later: PlanOfSeveral): Finding[] {
  const [a, b] = [earlier.network, later.network];
  const certain = a?.house !== undefined && a.house === b?.house;
  if (!a || !b || !(certain || mayBeOneHouse(a, b))) return [];
  const kinds = groupBy([...collisions(a, b)], ({ code }) => code);
  return [...kinds.values()].flatMap(([first, ...more]) =>
    first
      ? [
          {
            code: first.code,
            severity: certain ? ('error' as const) : ('warning' as const),
            problem: `${first.problem} in ${earlier.file}${more.length > 0 ? ` (and ${more.length} more of this kind)` : ''}`,
            remedy: certain
              ? first.remedy
              : `${first.remedy}; if these are two houses, give each plan its own name for house`,
            path: first.at,
            place: later.placeOf(first.at),
          },
        ]
      : [],
  );
}

function mayBeOneHouse(a: Network, b: Network): boolean {
  if (a.house !== undefined && b.house !== undefined) return false;
  return sharedPorts(a, b).some(({ mine, theirs }) => mine.software === theirs.software);
}

/** Routers with one address on one subnet. */
function sharedPorts(a: Network, b: Network) {
  const known = new Map(
    a.routers.flatMap((router) => router.interfaces.map((port) => [keyOf(port.subnet, port.address), router] as const)),
  );
  return b.routers.flatMap((mine) =>
    mine.interfaces.flatMap(({ subnet, address }) => {
      const theirs = known.get(keyOf(subnet, address));
      return theirs ? [{ mine, theirs, address }] : [];
    }),
  );
}

function keyOf(subnet: Cidr, address: { toString(): string }): string {
  return `${String(subnet)} ${String(address)}`;
}

function* collisions(a: Network, b: Network): Iterable<Collision> {
  yield* routers(a, b);
  yield* segments(a, b);
  yield* subnets(a, b);
  yield* addresses(a, b);
  yield* leases(a, b);
  yield* macs(a, b);
}

function* routers(a: Network, b: Network): Iterable<Collision> {
  const seen = new Set<string>();
  for (const { mine, theirs, address } of sharedPorts(a, b)) {
    if (seen.has(mine.name)) continue;
    seen.add(mine.name);
    for (const [key, value, other] of [
      ['asn', mine.asn, theirs.asn],
      ['software', mine.software, theirs.software],
    ] as const)
      if (value !== other)
        yield {
          code: 'plan/router-differs',
          at: ['routers', mine.name, key],
          problem: `router ${mine.name} ${String(address)} has ${key} ${value}, and ${other} as router ${theirs.name}`,
          remedy: `write the same ${key} in both plans: it is one router`,
        };
  }
}

/** A subnet is on one VLAN; of two plans one may leave out what its nodes receive untagged. */
function* segments(a: Network, b: Network): Iterable<Collision> {
  for (const { name, subnet, vlan } of b.segments) {
    const theirs = a.segments.find((segment) => segment.subnet.equals(subnet));
    if (vlan !== undefined && theirs?.vlan !== undefined && vlan !== theirs.vlan)
      yield {
        code: 'plan/vlan-differs',
        at: ['networks', name, 'vlan'],
        problem: `network ${name} ${String(subnet)} has VLAN ${vlan}, and ${theirs.vlan} as network ${theirs.name}`,
        remedy: 'write the same VLAN ID in both plans: it is one network',
      };
  }
}

interface Used {
  /** `the pods` */
  readonly what: string;
  readonly subnet: Cidr;
  readonly path: Path;
  /** Two plans may have the same one: a network or link of the house, or what no other cluster sees. */
  readonly shared: 'house' | 'cluster' | undefined;
  /** Its addresses are some of a network's: see ownedBy. */
  readonly onLink?: boolean;
}

function usedBy({ segments, links, pods, kubernetes, loadBalancers }: Network): Used[] {
  const { services, advertiseServices } = kubernetes;
  return [
    ...segments.map(({ name, subnet }) => ({
      what: `network ${name}`,
      subnet,
      path: ['networks', name, 'subnet'],
      shared: 'house' as const,
    })),
    ...links.map(({ name, subnet }) => ({
      what: `link ${name}`,
      subnet,
      path: ['links', name, 'subnet'],
      shared: 'house' as const,
    })),
    { what: 'the pods', subnet: pods.subnet, path: ['pods', 'subnet'], shared: undefined },
    {
      what: 'the services',
      subnet: services,
      path: ['kubernetes', 'services'],
      shared: advertiseServices ? undefined : ('cluster' as const),
    },
    ...loadBalancers.flatMap(({ name, subnets, onLink }) =>
      subnets.map((subnet) => ({
        what: `the load balancers (${name})`,
        subnet,
        path: ['loadBalancers'],
        shared: undefined,
        onLink: onLink !== undefined,
      })),
    ),
  ];
}

function* subnets(a: Network, b: Network): Iterable<Collision> {
  const theirs = usedBy(a);
  for (const mine of usedBy(b)) {
    const other = theirs.find((one) => one.subnet.overlaps(mine.subnet) && !mayShare(mine, one));
    if (other)
      yield {
        code: 'plan/subnets-collide',
        at: mine.path,
        problem: `${String(mine.subnet)} of ${mine.what} ${mine.subnet.equals(other.subnet) ? 'is the same as' : 'overlaps'} ${String(other.subnet)} of ${other.what}`,
        remedy: `give ${mine.what} another subnet in one of the plans`,
      };
  }
}

function mayShare(mine: Used, theirs: Used): boolean {
  if ((mine.onLink && theirs.shared === 'house') || (theirs.onLink && mine.shared === 'house')) return true;
  if (mine.shared !== theirs.shared || mine.shared === undefined) return false;
  return mine.shared === 'cluster' || mine.subnet.equals(theirs.subnet);
}

interface Owned {
  readonly who: string;
  /** `router` may be one device in two plans. */
  readonly kind: 'router' | 'node' | 'pod';
  readonly span: Span;
  readonly subnet: Cidr;
  /** The DHCP server keeps it. */
  readonly kept: boolean;
  readonly path: Path;
}

/** Not reserved devices: one plan's reserved device may be the other's node. */
function ownedBy({ routers, nodes, attachments, loadBalancers, segments }: Network): Owned[] {
  return [
    ...routers.flatMap(({ name, interfaces }) =>
      interfaces.map(({ network, address, subnet }) => {
        const path = ['routers', name, 'addresses', network];
        return { who: `router ${name}`, kind: 'router' as const, span: address, subnet, kept: false, path };
      }),
    ),
    ...nodes.flatMap(({ name, interfaces }) =>
      interfaces.flatMap(({ name: device, address, subnet, from }) => {
        const path = ['nodes', name, 'interfaces', device, 'address'];
        const kept = from === 'dhcp';
        return address ? [{ who: `node ${name}`, kind: 'node' as const, span: address, subnet, kept, path }] : [];
      }),
    ),
    ...attachments.flatMap(({ name, subnet, fixed }) =>
      [...(fixed?.owners.map(({ address }) => address) ?? []), ...(fixed?.range ? [fixed.range] : [])].map((span) => {
        const path = ['attachments', name, 'addresses'];
        return { who: `attachment ${name}`, kind: 'pod' as const, span, subnet, kept: false, path };
      }),
    ),
    ...loadBalancers.flatMap(({ addresses, onLink }) =>
      segments
        .filter(({ name }) => name === onLink?.network)
        .map(({ subnet }) => {
          const path = ['loadBalancers'];
          return { who: 'a load balancer', kind: 'pod' as const, span: addresses, subnet, kept: false, path };
        }),
    ),
  ];
}

function* addresses(a: Network, b: Network): Iterable<Collision> {
  const theirs = ownedBy(a);
  const single = new Map(theirs.map((one) => [keyOf(one.subnet, one.span.first), one]));
  const ranges = theirs.filter(({ span }) => !span.first.equals(span.last));
  for (const mine of ownedBy(b)) {
    const { first, last } = mine.span;
    const inRange = ranges.find(
      ({ span, subnet }) =>
        subnet.equals(mine.subnet) && span.first.value <= last.value && first.value <= span.last.value,
    );
    const inMine = first.equals(last)
      ? single.get(keyOf(mine.subnet, first))
      : theirs.find(
          ({ span, subnet }) =>
            subnet.equals(mine.subnet) && first.value <= span.last.value && span.first.value <= last.value,
        );
    const other = inRange ?? inMine;
    if (!other || (mine.kind === 'router' && other.kind === 'router')) continue;
    yield {
      code: 'plan/addresses-collide',
      at: mine.path,
      problem: `${mine.who} has ${shown(mine.span)}, and so has ${other.who}${first.equals(last) && other === inMine ? '' : `, ${shown(other.span)},`}`,
      remedy: 'give one of them another address',
    };
  }
}

function shown({ first, last }: Span): string {
  return first.equals(last) ? String(first) : `${String(first)}-${String(last)}`;
}

/** A network has one DHCP range in all plans, or disjoint ones of two servers; what has a fixed address is in none. */
function* leases(a: Network, b: Network): Iterable<Collision> {
  for (const { name, subnet, dhcp } of b.segments) {
    const theirs = a.segments.find((segment) => segment.subnet.equals(subnet));
    const range = theirs?.dhcp?.range;
    if (dhcp && range && dhcp.range.overlaps(range) && !dhcp.range.equals(range))
      yield {
        code: 'plan/dhcp-differs',
        at: ['networks', name, 'dhcp', 'range'],
        problem: `the DHCP range of network ${name} is ${String(dhcp.range)}, and ${String(range)} as that of network ${theirs.name}`,
        remedy: 'write the same range in both plans, or disjoint ranges if there are two servers',
      };
  }
  yield* inTheirRange(a, b);
  yield* inMyRange(a, b);
}

/** Fixed addresses of one plan in the DHCP ranges of another. */
function* leasedOf(ranges: Network, owners: Network): Iterable<{ one: Owned; network: string; range: Span }> {
  const scopes = new Map(ranges.segments.map((segment) => [String(segment.subnet), segment]));
  for (const one of ownedBy(owners)) {
    const scope = scopes.get(String(one.subnet));
    if (scope?.dhcp?.range.overlaps(one.span) && !one.kept && !isKept(scope.dhcp.kept, one.span))
      yield { one, network: scope.name, range: scope.dhcp.range };
  }
}

const LEASED = 'plan/leases-collide';
const MOVE = 'move the range or the address, or list the address under reserved of the network';

function* inTheirRange(a: Network, b: Network): Iterable<Collision> {
  for (const { one, network, range } of leasedOf(a, b))
    yield {
      code: LEASED,
      at: one.path,
      problem: `${one.who} has ${shown(one.span)}, which is inside ${shown(range)}, the DHCP range of network ${network}`,
      remedy: MOVE,
    };
}

function* inMyRange(a: Network, b: Network): Iterable<Collision> {
  for (const { one, network, range } of leasedOf(b, a))
    yield {
      code: LEASED,
      at: ['networks', network, 'dhcp', 'range'],
      problem: `the DHCP range of network ${network}, ${shown(range)}, contains ${shown(one.span)} of ${one.who}`,
      remedy: MOVE,
    };
}

function isKept(kept: readonly { readonly address: { readonly value: number } }[], { first, last }: Span): boolean {
  return first.equals(last) && kept.some(({ address }) => address.value === first.value);
}

function* macs(a: Network, b: Network): Iterable<Collision> {
  const theirs = new Map(macsOf(a).map((one) => [one.mac, one]));
  for (const { mac, who, path } of macsOf(b)) {
    const other = theirs.get(mac);
    if (other)
      yield {
        code: 'plan/macs-collide',
        at: path,
        problem: `${who} has the MAC address ${mac}, and so has ${other.who}`,
        remedy: 'write the MAC address of each machine; a machine is a node of one cluster',
      };
  }
}

function macsOf({ nodes, attachments }: Network): { mac: string; who: string; path: Path }[] {
  return [
    ...nodes.flatMap(({ name, interfaces }) =>
      interfaces.flatMap(({ name: device, mac }) =>
        mac ? [{ mac: String(mac), who: `node ${name}`, path: ['nodes', name, 'interfaces', device, 'mac'] }] : [],
      ),
    ),
    ...attachments.flatMap(({ pins }) =>
      pins.map(({ mac, workload }) => ({ mac: String(mac), who: workload, path: ['apps', workload, 'mac'] })),
    ),
  ];
}
