import { Cidr, parseCidr } from './cidr.ts';
import { IntervalSet } from './interval-set.ts';
import type { Parsed } from './parsed.ts';
import { parseRange, type Range, rangeIsMeant } from './range.ts';

/** Reads `a.b.c.d/prefix` or `first-last`. Refuses as parseCidr and parseRange do. */
export function parseNetworkOrRange(text: string): Parsed<Cidr | Range> {
  return rangeIsMeant(text) ? parseRange(text) : parseCidr(text);
}

/**
 * The fewest networks that hold exactly these addresses, ascending: 1 for a network, at most 62 for a range.
 *
 *     192.168.10.240-192.168.10.250    240/29 | 248/31 | 250/32
 */
export function cidrsOf(addresses: Cidr | Range): readonly Cidr[] {
  return addresses instanceof Cidr ? [addresses] : IntervalSet.of(addresses).cidrs();
}
