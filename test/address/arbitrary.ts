/** Random addressing values for property tests. */
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { Cidr } from '../../cdk8s/address/cidr.ts';
import type { Parsed } from '../../cdk8s/address/parsed.ts';
import { Range } from '../../cdk8s/address/range.ts';

/** The whole IPv4 space; the ends and the sign bit of 32-bit numbers come up often. */
export const addresses = fc
  .oneof(
    fc.integer({ min: 0, max: 0xffffffff }),
    fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff),
  )
  .map((value) => Address.of(value));

export const prefixes = fc.integer({ min: 0, max: 32 });

export const cidrs = fc.tuple(addresses, prefixes).map(([address, prefix]) => Cidr.of(address, prefix));

/** Networks close to each other, so that they meet and nest. */
export const neighbouringCidrs = fc
  .tuple(fc.constantFrom(0, 0x7fffff80, 0xffffff00), fc.integer({ min: 0, max: 255 }), fc.integer({ min: 22, max: 32 }))
  .map(([base, offset, prefix]) => Cidr.of(Address.of(base + offset), prefix));

export const ranges = fc
  .tuple(addresses, addresses)
  .map(([a, b]) => (a.value <= b.value ? Range.of(a, b) : Range.of(b, a)));

/** Where small universes of 256 addresses lie: both ends of the space and across the sign bit. */
export const bases = fc.constantFrom(0, 0x0a000000, 0x7fffff80, 0xffffff00);

/** Addresses, networks (of 128 at most, so that they stay inside at every base) and ranges inside the 256 addresses from `base` on. */
export function itemsFrom(base: number): fc.Arbitrary<Address | Cidr | Range> {
  const offsets = fc.integer({ min: 0, max: 255 });
  return fc.oneof(
    offsets.map((offset) => Address.of(base + offset)),
    fc
      .tuple(offsets, fc.integer({ min: 25, max: 32 }))
      .map(([offset, prefix]) => Cidr.of(Address.of(base + offset), prefix)),
    fc
      .tuple(offsets, offsets)
      .map(([a, b]) => Range.of(Address.of(base + Math.min(a, b)), Address.of(base + Math.max(a, b)))),
  );
}

/** The value of a text that the test knows to be right. */
export function valueOf<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}
