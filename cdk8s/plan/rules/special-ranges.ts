/** Which ranges are private, and which are no host addresses. */
import { type Cidr, parseCidr, type Span } from '../../address/index.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { subnetsOf, type NamedSubnet } from './view/subnets.ts';

const block = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};

/** RFC 1918, and RFC 6598 (for carrier-grade NAT, also used at home). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(block);
/** The ranges of the IANA special-purpose registry (RFC 6890) that are no host addresses. */
const SPECIAL: readonly [Cidr, string][] = [
  [block('0.0.0.0/8'), 'means "this network"'],
  [block('127.0.0.0/8'), 'never leaves its host (loopback)'],
  [block('169.254.0.0/16'), 'is never routed (link-local)'],
  [block('224.0.0.0/3'), 'is multicast and reserved'],
];

/** The special range that a subnet overlaps, and its purpose. */
export function specialRange(addresses: Span): readonly [Cidr, string] | undefined {
  return SPECIAL.find(([range]) => range.overlaps(addresses));
}

/** Whether all of it is private. */
export function isPrivate(addresses: Span): boolean {
  return PRIVATE.some((range) => range.contains(addresses));
}

function specialUse({ addresses, kind }: NamedSubnet): readonly [Cidr, string] | undefined {
  const found = specialRange(addresses);
  // Link-local addresses work between the two ends of a tunnel, since no router is between them.
  return kind === 'link' && found?.[0].prefix === 16 ? undefined : found;
}

export function* special(checked: CheckedPlan): Iterable<Violation> {
  for (const one of subnetsOf(checked)) {
    const use = specialUse(one);
    if (!use) continue;
    const [range, why] = use;
    yield { at: one.path, problem: `${String(one.addresses)} of ${one.what} overlaps ${String(range)}, which ${why}` };
  }
}

/** The subnet of docker0 unless somebody chose another (moby, the first of its default address pools). */
const DOCKER = block('172.17.0.0/16');

export function* docker(checked: CheckedPlan): Iterable<Violation> {
  for (const one of subnetsOf(checked))
    if (one.kind !== 'link' && DOCKER.overlaps(one.addresses))
      yield {
        at: one.path,
        problem: `${String(one.addresses)} of ${one.what} overlaps ${String(DOCKER)}: a machine that runs Docker has this subnet on docker0 and reaches nothing else there`,
      };
}

export function* publicRanges(checked: CheckedPlan): Iterable<Violation> {
  for (const one of subnetsOf(checked)) {
    if (isPrivate(one.addresses) || SPECIAL.some(([range]) => range.overlaps(one.addresses))) continue;
    const partly = PRIVATE.find((range) => range.overlaps(one.addresses));
    const problem = partly
      ? `${String(one.addresses)} of ${one.what} is larger than the private range ${String(partly)}`
      : `${String(one.addresses)} of ${one.what} is not a private range: its addresses may belong to others on the internet`;
    yield { at: one.path, problem };
  }
}
