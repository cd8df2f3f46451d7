/**
 * What no lease and no static address of an attachment lies in: the house's other networks, and who has an address on its own.
 *
 *     known on the network     ###  ##   #####   #        runs of addresses, of hosts and of the attachments' pods
 *     pods of attachment a          ##     #
 *     what is left for a       ###       ## ##   #        only runs with pods of a differ from those of the others
 *
 * Attachments to one network have nearly the same list, of perhaps ten thousand addresses: its subnets are made once.
 */
import { IntervalSet, Range, type Cidr, type Span } from '../../address/index.ts';
import { groupBy } from '../group.ts';
import { named } from '../must.ts';
import { hostsOn } from './hosts.ts';
import { ownersOf } from './pins.ts';
import type { Network, Segment } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

/** What stands around an attachment. */
export type Surroundings = Pick<Network, 'segments' | 'routers' | 'links'>;

type OthersOf = (attachment: string) => readonly Cidr[];

/** By the network, then by the attachment. */
export function otherSubnets(plan: Plan, around: Surroundings): (network: string) => OthersOf {
  const pods = groupBy(staticPods(plan), ({ network }) => network);
  const known = new Map<string, OthersOf>();
  return (network) => {
    const others =
      known.get(network) ?? othersOn(plan, around, named(around.segments, network, 'network'), pods.get(network) ?? []);
    known.set(network, others);
    return others;
  };
}

interface Taken {
  readonly span: Span;
  /** The attachment whose pods have it. */
  readonly by?: string;
}

/** Addresses that follow each other. */
interface Run {
  readonly taken: readonly Taken[];
  readonly by: ReadonlySet<string | undefined>;
  readonly subnets: readonly Cidr[];
}

function othersOn(
  plan: Plan,
  around: Surroundings,
  segment: Segment,
  pods: readonly (Taken & { readonly by: string })[],
): OthersOf {
  const networks = elsewhere(around, segment.name);
  const own = new Set(pods.map(({ by }) => by));
  const all: Taken[] = [...hostsOn(plan, segment).map((span) => ({ span })), ...pods];
  const byDhcp = lazily(() => runsOf(all));
  const fixed = lazily(() => runsOf(segment.dhcp ? [...all, { span: segment.dhcp.range }] : all));
  const whole = (runs: readonly Run[]): Cidr[] => [...networks, ...runs.flatMap(({ subnets }) => subnets)];
  const wholeByDhcp = lazily(() => whole(byDhcp()));
  const wholeFixed = lazily(() => whole(fixed()));
  return (name) => {
    const isDhcp = plan.attachments[name]?.addresses === 'dhcp';
    if (!own.has(name)) return isDhcp ? wholeByDhcp() : wholeFixed();
    const runs = isDhcp ? byDhcp() : fixed();
    return [
      ...networks,
      ...runs.flatMap(({ taken, by, subnets }) =>
        by.has(name) ? subnetsOf(taken.filter((one) => one.by !== name)) : subnets,
      ),
    ];
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function runsOf(all: readonly Taken[]): Run[] {
  const runs: Taken[][] = [];
  let end = -1;
  for (const one of all.toSorted((a, b) => a.span.first.value - b.span.first.value)) {
    if (one.span.first.value > end) runs.push([]);
    runs.at(-1)?.push(one);
    end = Math.max(end, one.span.last.value + 1);
  }
  return runs.map((taken) => ({ taken, by: new Set(taken.map(({ by }) => by)), subnets: subnetsOf(taken) }));
}

function subnetsOf(taken: readonly Taken[]): readonly Cidr[] {
  return IntervalSet.of(...taken.map(({ span }) => span)).cidrs();
}

/** The house's other networks. */
function elsewhere({ segments, links }: Surroundings, network: string): Cidr[] {
  return [...segments.filter((one) => one.name !== network), ...links].map(({ subnet }) => subnet);
}

/** The static addresses of pods. */
function staticPods(plan: Plan): (Taken & { readonly by: string; readonly network: string })[] {
  return Object.entries(plan.attachments).flatMap(([by, { network, addresses }]) =>
    [...(addresses instanceof Range ? [addresses] : []), ...ownersOf(plan, by).map(({ address }) => address)].map(
      (span) => ({ by, network, span }),
    ),
  );
}
