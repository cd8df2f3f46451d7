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
  /** Where its subnets are in the whole list. */
  readonly start: number;
  readonly end: number;
}

interface Whole {
  readonly subnets: readonly Cidr[];
  /** By the attachment that has addresses in them, in order. */
  readonly runs: ReadonlyMap<string | undefined, readonly Run[]>;
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
  const byDhcp = lazily(() => wholeOf(networks, all));
  const fixed = lazily(() => wholeOf(networks, segment.dhcp ? [...all, { span: segment.dhcp.range }] : all));
  return (name) => {
    const whole = plan.attachments[name]?.addresses === 'dhcp' ? byDhcp() : fixed();
    return own.has(name) ? without(whole, name) : whole.subnets;
  };
}

/** What lies between the runs with its own pods is taken over as it is. */
function without({ subnets, runs }: Whole, name: string): Cidr[] {
  const parts: (readonly Cidr[])[] = [];
  let at = 0;
  for (const { taken, start, end } of runs.get(name) ?? []) {
    parts.push(subnets.slice(at, start), subnetsOf(taken.filter((one) => one.by !== name)));
    at = end;
  }
  return ([] as Cidr[]).concat(...parts, subnets.slice(at));
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** `before`: what does not depend on the attachment. */
function wholeOf(before: readonly Cidr[], all: readonly Taken[]): Whole {
  const subnets = [...before];
  const runs = runsOf(all).map((taken): Run => {
    const start = subnets.length;
    for (const subnet of subnetsOf(taken)) subnets.push(subnet);
    return { taken, start, end: subnets.length };
  });
  const owned = runs.flatMap((run) => [...new Set(run.taken.map(({ by }) => by))].map((by) => ({ by, run })));
  const byOwner = groupBy(owned, ({ by }) => by);
  return { subnets, runs: new Map([...byOwner].map(([by, own]) => [by, own.map(({ run }) => run)])) };
}

function runsOf(all: readonly Taken[]): Taken[][] {
  const runs: Taken[][] = [];
  let end = -1;
  for (const one of all.toSorted((a, b) => a.span.first.value - b.span.first.value)) {
    if (one.span.first.value > end) runs.push([]);
    runs.at(-1)?.push(one);
    end = Math.max(end, one.span.last.value + 1);
  }
  return runs;
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
