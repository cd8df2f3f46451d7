/** The subnets of a plan, and which are inside which. */
import type { Cidr } from '../../../address/index.ts';
import { entries, type CheckedPlan } from '../../read/checked-plan.ts';
import type { Path } from '../../finding.ts';

type Kind = 'network' | 'link' | 'pods' | 'services' | 'load-balancers';

export interface NamedSubnet {
  /** `network home`: its name in messages. */
  readonly what: string;
  readonly subnet: Cidr;
  readonly path: Path;
  readonly kind: Kind;
}

/** Every subnet of the plan with its name in messages. */
export function subnetsOf({ plan, pools }: CheckedPlan): NamedSubnet[] {
  const found: NamedSubnet[] = [];
  for (const [name, { subnet }] of entries(plan.networks))
    if (subnet) found.push({ what: `network ${name}`, subnet, path: ['networks', name, 'subnet'], kind: 'network' });
  for (const [name, { subnet }] of entries(plan.links))
    if (subnet) found.push({ what: `link ${name}`, subnet, path: ['links', name, 'subnet'], kind: 'link' });
  if (plan.pods?.subnet)
    found.push({ what: 'the pods', subnet: plan.pods.subnet, path: ['pods', 'subnet'], kind: 'pods' });
  if (plan.kubernetes?.services) {
    const path = ['kubernetes', 'services'];
    found.push({ what: 'the services', subnet: plan.kubernetes.services, path, kind: 'services' });
  }
  for (const { router, subnet, path } of pools)
    if (subnet) {
      const what = router === undefined ? 'the load balancers' : `the load balancers of ${router}`;
      found.push({ what, subnet, path: [...path, 'subnet'], kind: 'load-balancers' });
    }
  return found;
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
 * O(n log n): a subnet enters and leaves its stack once.
 */
export function* nestedSubnets(checked: CheckedPlan): Iterable<Nested> {
  const sorted = subnetsOf(checked).sort(
    (a, b) => a.subnet.first.value - b.subnet.first.value || a.subnet.prefix - b.subnet.prefix,
  );
  const open = new Map<Kind, NamedSubnet[]>();
  for (const inner of sorted) {
    const around: NamedSubnet[] = [];
    for (const stack of open.values()) {
      while ((stack.at(-1)?.subnet.last.value ?? Infinity) < inner.subnet.first.value) stack.pop();
      const innermost = stack.at(-1);
      if (innermost) around.push(innermost);
    }
    if (around.length > 0) yield { inner, around: around.sort((a, b) => b.subnet.prefix - a.subnet.prefix) };
    const own = open.get(inner.kind);
    if (own) own.push(inner);
    else open.set(inner.kind, [inner]);
  }
}
