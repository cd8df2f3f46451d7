/** The subnets of a plan, and which are inside which. */
import { type Cidr, cidrsOf, type Range, type Span, spanContains } from '../../../address/index.ts';
import { entries, type CheckedPlan, type LoadBalancerPool } from '../../read/checked-plan.ts';
import type { Path } from '../../finding.ts';
import { once } from '../../once.ts';

type Kind = 'network' | 'link' | 'pods' | 'services' | 'load-balancers';

export interface NamedSubnet {
  /** `network home`: its name in messages. */
  readonly what: string;
  /** A range for load balancers only. */
  readonly addresses: Cidr | Range;
  readonly path: Path;
  readonly kind: Kind;
}

/** Every subnet of the plan with its name in messages. */
export const subnetsOf = once(({ plan, pools }: CheckedPlan): readonly NamedSubnet[] => {
  const found: NamedSubnet[] = [];
  for (const [name, { subnet }] of entries(plan.networks))
    if (subnet)
      found.push({ what: `network ${name}`, addresses: subnet, path: ['networks', name, 'subnet'], kind: 'network' });
  for (const [name, { subnet }] of entries(plan.links))
    if (subnet) found.push({ what: `link ${name}`, addresses: subnet, path: ['links', name, 'subnet'], kind: 'link' });
  if (plan.pods?.subnet)
    found.push({ what: 'the pods', addresses: plan.pods.subnet, path: ['pods', 'subnet'], kind: 'pods' });
  if (plan.kubernetes?.services) {
    const path = ['kubernetes', 'services'];
    found.push({ what: 'the services', addresses: plan.kubernetes.services, path, kind: 'services' });
  }
  for (const pool of pools)
    if (pool.addresses)
      found.push({ what: poolName(pool), addresses: pool.addresses, path: pool.at, kind: 'load-balancers' });
  return found;
});

/** A pool in messages. */
export function poolName({ name, router }: Pick<LoadBalancerPool, 'name' | 'router'>): string {
  if (name === undefined) return 'the load balancers';
  return name === router ? `the load balancers of ${name}` : `load balancer pool ${name}`;
}

/** Completes "a ... b": how addresses that overlap lie to each other. */
export function relation(a: Span, b: Span): string {
  const inside = spanContains(b, a);
  const around = spanContains(a, b);
  return inside && around ? 'is the same as' : inside ? 'is inside' : around ? 'contains' : 'overlaps';
}

export interface Nested {
  readonly inner: NamedSubnet;
  /** The subnets that contain it: the innermost of each kind, innermost first. */
  readonly around: readonly NamedSubnet[];
}

/**
 * Every subnet that is inside another one or equals an earlier one. Two subnets are equal, nested or disjoint, so a walk
 * by first address, large before small, keeps the open subnets on one stack per kind:
 *
 *     a |---------------------------|            open: a
 *     b    |-----------|                               a b
 *     c         |--|                                   a b c
 *     d                  |-----|                       a d       b and c have ended
 *
 * O(n log n): a subnet enters and leaves its stack once. A range is walked as its subnets, so it may come several times.
 */
export const nestedSubnets = once((checked: CheckedPlan): readonly Nested[] => [...walked(checked)]);

function* walked(checked: CheckedPlan): Iterable<Nested> {
  const sorted = subnetsOf(checked)
    .flatMap((whole) => cidrsOf(whole.addresses).map((subnet) => ({ whole, subnet })))
    .sort((a, b) => a.subnet.first.value - b.subnet.first.value || a.subnet.prefix - b.subnet.prefix);
  const open = new Map<Kind, (typeof sorted)[number][]>();
  for (const inner of sorted) {
    const around: (typeof sorted)[number][] = [];
    for (const stack of open.values()) {
      while ((stack.at(-1)?.subnet.last.value ?? Infinity) < inner.subnet.first.value) stack.pop();
      const innermost = stack.at(-1);
      if (innermost) around.push(innermost);
    }
    around.sort((a, b) => b.subnet.prefix - a.subnet.prefix);
    if (around.length > 0) yield { inner: inner.whole, around: around.map(({ whole }) => whole) };
    const own = open.get(inner.whole.kind);
    if (own) own.push(inner);
    else open.set(inner.whole.kind, [inner]);
  }
}
