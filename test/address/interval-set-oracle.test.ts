import { describe, expect, test } from '@jest/globals';
import { excludeCidr, mergeCidr } from 'cidr-tools';
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { parseCidr } from '../../cdk8s/address/cidr.ts';
import { IntervalSet } from '../../cdk8s/address/interval-set.ts';
import type { Span } from '../../cdk8s/address/span.ts';
import { bases, cidrs, itemsFrom, neighbouringCidrs, valueOf } from './arbitrary.ts';

/** Membership of the 256 addresses from `base` on, one boolean each: the oracle. */
function bitsOf(base: number, items: readonly Span[]): boolean[] {
  return Array.from({ length: 256 }, (_, i) =>
    items.some(({ first, last }) => first.value <= base + i && base + i <= last.value),
  );
}

/** The same booleans, asked of a set address by address. */
function membersOf(base: number, set: IntervalSet): boolean[] {
  return Array.from({ length: 256 }, (_, i) => set.contains(Address.of(base + i)));
}

/** The runs of true as [first, last]. */
function runsOf(bits: readonly boolean[]): [number, number][] {
  const runs: [number, number][] = [];
  bits.forEach((bit, i) => {
    const run = runs.at(-1);
    if (bit && run?.[1] === i - 1) run[1] = i;
    else if (bit) runs.push([i, i]);
  });
  return runs;
}

/** The fewest aligned blocks that hold exactly these booleans: one if all are set, else what both halves need. */
function fewestBlocks(bits: readonly boolean[]): number {
  if (bits.every((bit) => bit)) return 1;
  if (!bits.some((bit) => bit)) return 0;
  const half = bits.length / 2;
  return fewestBlocks(bits.slice(0, half)) + fewestBlocks(bits.slice(half));
}

const collections = bases.chain((base) =>
  fc.record({
    base: fc.constant(base),
    here: fc.array(itemsFrom(base), { maxLength: 8 }),
    there: fc.array(itemsFrom(base), { maxLength: 8 }),
  }),
);

describe('IntervalSet against one boolean per address', () => {
  test('of, ranges, size, isEmpty', () => {
    fc.assert(
      fc.property(collections, ({ base, here }) => {
        const set = IntervalSet.of(...here);
        const bits = bitsOf(base, here);
        expect(membersOf(base, set)).toEqual(bits);
        expect(set.ranges().map(({ first, last }) => [first.value - base, last.value - base])).toEqual(runsOf(bits));
        expect(set.size).toBe(bits.filter((bit) => bit).length);
        expect(set.isEmpty).toBe(here.length === 0);
      }),
      { numRuns: 500 },
    );
  });

  test('union, intersection, difference', () => {
    fc.assert(
      fc.property(collections, ({ base, here, there }) => {
        const [a, b] = [IntervalSet.of(...here), IntervalSet.of(...there)];
        const [inA, inB] = [bitsOf(base, here), bitsOf(base, there)];
        expect(membersOf(base, a.union(b))).toEqual(inA.map((bit, i) => bit || inB[i] === true));
        expect(membersOf(base, a.intersection(b))).toEqual(inA.map((bit, i) => bit && inB[i] === true));
        expect(membersOf(base, a.difference(b))).toEqual(inA.map((bit, i) => bit && inB[i] !== true));
        expect(membersOf(base, a)).toEqual(inA);
      }),
      { numRuns: 500 },
    );
  });

  test('the results are in normal form: equal sets are equal however they were made', () => {
    fc.assert(
      fc.property(collections, ({ here, there }) => {
        const [a, b] = [IntervalSet.of(...here), IntervalSet.of(...there)];
        for (const set of [a, a.union(b), a.intersection(b), a.difference(b)]) {
          expect(IntervalSet.of(...set.ranges())).toEqual(set);
          expect(IntervalSet.of(...set.cidrs().toReversed()).equals(set)).toBe(true);
        }
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(a.equals(b)).toBe(a.difference(b).isEmpty && b.difference(a).isEmpty);
      }),
      { numRuns: 500 },
    );
  });

  test('cidrs is an exact cover and no smaller one exists', () => {
    const aligned = fc.constantFrom(0, 0x0a000000, 0xffffff00);
    fc.assert(
      fc.property(
        aligned.chain((base) => fc.tuple(fc.constant(base), fc.array(itemsFrom(base), { maxLength: 8 }))),
        ([base, items]) => {
          const bits = bitsOf(base, items);
          const cover = IntervalSet.of(...items).cidrs();
          expect(bitsOf(base, cover)).toEqual(bits);
          expect(cover.reduce((sum, { size }) => sum + size, 0)).toBe(bits.filter((bit) => bit).length);
          expect(cover).toHaveLength(fewestBlocks(bits));
        },
      ),
      { numRuns: 500 },
    );
  });

  test('contains a span when it contains each address', () => {
    const cases = bases.chain((base) =>
      fc.tuple(fc.constant(base), fc.array(itemsFrom(base), { maxLength: 8 }), itemsFrom(base)),
    );
    fc.assert(
      fc.property(cases, ([base, items, item]) => {
        const bits = bitsOf(base, items);
        const wanted = bitsOf(base, [item]);
        const expected = wanted.every((bit, i) => !bit || bits[i] === true);
        expect(IntervalSet.of(...items).contains(item)).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('IntervalSet against cidr-tools', () => {
  const networks = fc.array(fc.oneof(cidrs, neighbouringCidrs), { minLength: 1, maxLength: 8 });
  const ascending = (texts: readonly string[]): string[] =>
    texts
      .map((text) => valueOf(parseCidr(text)))
      .sort((a, b) => a.first.value - b.first.value)
      .map(String);

  test('the cover of networks is mergeCidr', () => {
    fc.assert(
      fc.property(networks, (items) => {
        expect(
          IntervalSet.of(...items)
            .cidrs()
            .map(String),
        ).toEqual(ascending(mergeCidr(items.map(String))));
      }),
      { numRuns: 500 },
    );
  });

  test('the cover of a difference is excludeCidr', () => {
    fc.assert(
      fc.property(networks, networks, (base, excluded) => {
        const rest = IntervalSet.of(...base).difference(IntervalSet.of(...excluded));
        expect(rest.cidrs().map(String)).toEqual(ascending(excludeCidr(base.map(String), excluded.map(String))));
      }),
      { numRuns: 500 },
    );
  });
});
