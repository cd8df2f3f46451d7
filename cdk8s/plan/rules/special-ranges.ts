/** Which ranges are private, and which no host can live in. */
import { type Cidr, parseCidr } from '../../address/index.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { subnetsOf, type NamedSubnet } from './view/subnets.ts';

const block = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
};

/** RFC 1918, and RFC 6598 (shared by providers' own NAT, used at home too). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(block);
/** The IANA registry of special addresses (RFC 6890), as far as no host can live there. */
const SPECIAL: readonly [Cidr, string][] = [
  [block('0.0.0.0/8'), 'means "this network"'],
  [block('127.0.0.0/8'), 'never leaves its host (loopback)'],
  [block('169.254.0.0/16'), 'never passes a router (link-local)'],
  [block('224.0.0.0/3'), 'is multicast and reserved'],
];

/** The special range that a subnet touches, and what it is for. */
export function specialRange(subnet: Cidr): readonly [Cidr, string] | undefined {
  return SPECIAL.find(([range]) => range.overlaps(subnet));
}

function specialUse({ subnet, kind }: NamedSubnet): readonly [Cidr, string] | undefined {
  const found = specialRange(subnet);
  // The two ends of a tunnel need no router between them.
  return kind === 'link' && found?.[0].prefix === 16 ? undefined : found;
}

export function* special(checked: CheckedPlan): Iterable<Violation> {
  for (const one of subnetsOf(checked)) {
    const use = specialUse(one);
    if (!use) continue;
    const [range, why] = use;
    yield { at: one.path, problem: `${String(one.subnet)} of ${one.what} touches ${String(range)}, which ${why}` };
  }
}

export function* publicRanges(checked: CheckedPlan): Iterable<Violation> {
  for (const one of subnetsOf(checked)) {
    if (PRIVATE.some((range) => range.contains(one.subnet)) || SPECIAL.some(([range]) => range.overlaps(one.subnet)))
      continue;
    const partly = PRIVATE.find((range) => range.overlaps(one.subnet));
    const problem = partly
      ? `${String(one.subnet)} of ${one.what} reaches beyond the private ${String(partly)}`
      : `${String(one.subnet)} of ${one.what} is no private range: it may belong to someone on the internet`;
    yield { at: one.path, problem };
  }
}
