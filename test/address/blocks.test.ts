import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { allocateBlocks, blockAt, blockCount, blockOf, blocksTouching } from '../../cdk8s/address/blocks.ts';
import { type Cidr, parseCidr } from '../../cdk8s/address/cidr.ts';
import { IntervalSet } from '../../cdk8s/address/interval-set.ts';
import { parseRange } from '../../cdk8s/address/range.ts';
import { bases, itemsFrom, valueOf } from './arbitrary.ts';

const cidr = (text: string): Cidr => valueOf(parseCidr(text));
const range = (text: string) => valueOf(parseRange(text));

describe('the blocks of a pool', () => {
  test.each([
    ['10.42.0.0/16', 26, 1024],
    ['10.42.0.0/24', 26, 4],
    ['10.42.0.0/26', 26, 1],
    ['10.42.0.0/27', 26, 0],
    ['10.42.0.0/32', 32, 1],
    ['0.0.0.0/0', 32, 2 ** 32],
    ['0.0.0.0/0', 0, 1],
  ])('%s has, by /%d, %d', (pool, blockSize, count) => {
    expect(blockCount(cidr(pool), blockSize)).toBe(count);
  });

  test('are counted from the lowest', () => {
    const pool = cidr('10.42.0.0/24');
    expect([0, 1, 2, 3].map((index) => blockAt(pool, 26, index).toString())).toEqual([
      '10.42.0.0/26',
      '10.42.0.64/26',
      '10.42.0.128/26',
      '10.42.0.192/26',
    ]);
    expect(blockAt(cidr('0.0.0.0/0'), 32, 2 ** 32 - 1).toString()).toBe('255.255.255.255/32');
  });

  test.each([-1, 4, 0.5, NaN])('there is none of index %d in four', (index) => {
    expect(() => blockAt(cidr('10.42.0.0/24'), 26, index)).toThrow(RangeError);
  });

  test('a pool smaller than a block has not even a first', () => {
    expect(() => blockAt(cidr('10.42.0.0/27'), 26, 0)).toThrow(RangeError);
  });

  test('blockAt and blockOf agree on every address of a pool', () => {
    const pool = cidr('192.168.7.0/24');
    for (const blockSize of [24, 26, 29, 32]) {
      for (let i = 0; i < pool.size; i++) {
        const block = blockAt(pool, blockSize, Math.floor(i / 2 ** (32 - blockSize)));
        expect(blockOf(blockSize, pool.at(i))).toEqual(block);
        expect(block.contains(pool.at(i))).toBe(true);
      }
    }
  });

  test.each([-1, 33, 26.5, NaN])('/%d is no block size', (blockSize) => {
    expect(() => blockCount(cidr('10.42.0.0/16'), blockSize)).toThrow(RangeError);
    expect(() => blockOf(blockSize, Address.of(0))).toThrow(RangeError);
    expect(() => allocateBlocks(IntervalSet.empty, blockSize, 1)).toThrow(RangeError);
  });
});

describe('blocksTouching', () => {
  test.each([
    ['10.42.0.63-10.42.0.64', '10.42.0.0/26', '10.42.0.64/26', 2, false],
    ['10.42.0.64-10.42.0.127', '10.42.0.64/26', '10.42.0.64/26', 1, true],
    ['10.42.0.64-10.42.0.191', '10.42.0.64/26', '10.42.0.128/26', 2, true],
    ['10.42.0.65-10.42.0.127', '10.42.0.64/26', '10.42.0.64/26', 1, false],
    ['10.42.0.64-10.42.0.126', '10.42.0.64/26', '10.42.0.64/26', 1, false],
    ['0.0.0.0-255.255.255.255', '0.0.0.0/26', '255.255.255.192/26', 2 ** 26, true],
  ])('%s', (text, first, last, count, whole) => {
    const touched = blocksTouching(26, range(text));
    expect([touched.first, touched.last].map(String)).toEqual([first, last]);
    expect([touched.count, touched.whole]).toEqual([count, whole]);
  });

  test('a network smaller than a block touches one, not whole; a larger one is all whole', () => {
    expect(blocksTouching(26, cidr('10.42.0.64/27'))).toMatchObject({ count: 1, whole: false });
    expect(blocksTouching(26, cidr('10.42.0.0/24'))).toMatchObject({ count: 4, whole: true });
    expect(blocksTouching(32, Address.of(9))).toMatchObject({ count: 1, whole: true });
  });

  test('counts the distinct blocks of the addresses', () => {
    const cases = fc.tuple(bases.chain(itemsFrom), fc.integer({ min: 24, max: 32 }));
    fc.assert(
      fc.property(cases, ([item, blockSize]) => {
        const blocks = new Set<string>();
        let inside = 0;
        for (let value = item.first.value; value <= item.last.value; value++, inside++) {
          blocks.add(blockOf(blockSize, Address.of(value)).toString());
        }
        const touched = blocksTouching(blockSize, item);
        expect(touched.count).toBe(blocks.size);
        expect(touched.whole).toBe(inside === blocks.size * 2 ** (32 - blockSize));
      }),
    );
  });
});

describe('allocateBlocks', () => {
  const lan = IntervalSet.of(range('192.168.1.10-192.168.1.99'));

  test('takes the lowest aligned networks', () => {
    expect(allocateBlocks(lan, 28, 3)?.map(String)).toEqual(['192.168.1.16/28', '192.168.1.32/28', '192.168.1.48/28']);
  });

  test('takes all there are, and refuses one more', () => {
    expect(allocateBlocks(lan, 28, 5)).toHaveLength(5);
    expect(allocateBlocks(lan, 28, 6)).toBeUndefined();
    expect(allocateBlocks(lan, 26, 1)).toBeUndefined();
  });

  test('skips gaps too small', () => {
    const free = IntervalSet.of(range('10.0.0.1-10.0.0.6'), range('10.0.0.9-10.0.0.15'), range('10.0.0.40-10.0.0.47'));
    expect(allocateBlocks(free, 30, 3)?.map(String)).toEqual(['10.0.0.12/30', '10.0.0.40/30', '10.0.0.44/30']);
    expect(allocateBlocks(free, 29, 1)?.map(String)).toEqual(['10.0.0.40/29']);
  });

  test('nothing is asked, nothing is needed', () => {
    expect(allocateBlocks(IntervalSet.empty, 26, 0)).toEqual([]);
    expect(allocateBlocks(IntervalSet.empty, 26, 1)).toBeUndefined();
  });

  test('both ends of the space', () => {
    const all = IntervalSet.of(cidr('0.0.0.0/0'));
    expect(allocateBlocks(all, 0, 1)?.map(String)).toEqual(['0.0.0.0/0']);
    expect(allocateBlocks(all, 1, 2)?.map(String)).toEqual(['0.0.0.0/1', '128.0.0.0/1']);
    expect(allocateBlocks(IntervalSet.of(Address.of(0xffffffff)), 32, 1)?.map(String)).toEqual(['255.255.255.255/32']);
    expect(allocateBlocks(all, 32, 2 ** 32 + 1)).toBeUndefined();
  });

  test.each([-1, 0.5, NaN, Infinity])('a count of %d is a programming error', (count) => {
    expect(() => allocateBlocks(lan, 28, count)).toThrow(RangeError);
  });

  test('does what trying every border in turn does', () => {
    const cases = fc.record({
      base: fc.constantFrom(0, 0x0a000000, 0xffffff00),
      prefix: fc.integer({ min: 25, max: 32 }),
      count: fc.integer({ min: 0, max: 12 }),
    });
    const outcomes = new Set<boolean>();
    fc.assert(
      fc.property(
        cases.chain((one) => fc.tuple(fc.constant(one), fc.array(itemsFrom(one.base), { maxLength: 6 }))),
        ([{ base, prefix, count }, items]) => {
          const size = 2 ** (32 - prefix);
          const found: number[] = [];
          for (let start = base; start < base + 256 && found.length < count; start += size) {
            let isFree = true;
            for (let value = start; value < start + size; value++) {
              isFree &&= items.some(({ first, last }) => first.value <= value && value <= last.value);
            }
            if (isFree) found.push(start);
          }
          const blocks = allocateBlocks(IntervalSet.of(...items), prefix, count);
          expect(blocks?.map(({ first }) => first.value)).toEqual(found.length === count ? found : undefined);
          expect(blocks?.every((block) => block.prefix === prefix) ?? true).toBe(true);
          outcomes.add(blocks === undefined);
        },
      ),
      { numRuns: 500 },
    );
    expect(outcomes.size).toBe(2);
  });
});
