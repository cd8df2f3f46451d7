import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { type Cidr, parseCidr } from '../../cdk8s/address/cidr.ts';
import { IntervalSet } from '../../cdk8s/address/interval-set.ts';
import { parseRange, Range } from '../../cdk8s/address/range.ts';
import { addresses, valueOf } from './arbitrary.ts';

const cidr = (text: string): Cidr => valueOf(parseCidr(text));
const range = (text: string): Range => valueOf(parseRange(text));

describe('IntervalSet', () => {
  const all = IntervalSet.of(cidr('0.0.0.0/0'));

  test('the empty set', () => {
    expect(IntervalSet.of()).toEqual(IntervalSet.empty);
    expect(IntervalSet.empty.isEmpty).toBe(true);
    expect(IntervalSet.empty.size).toBe(0);
    expect(IntervalSet.empty.ranges()).toEqual([]);
    expect(IntervalSet.empty.cidrs()).toEqual([]);
    expect(IntervalSet.empty.contains(Address.of(0))).toBe(false);
    expect(all.difference(all)).toEqual(IntervalSet.empty);
  });

  test('the whole space', () => {
    expect(all.size).toBe(2 ** 32);
    expect(all.cidrs().map(String)).toEqual(['0.0.0.0/0']);
    expect(all.ranges().map(String)).toEqual(['0.0.0.0-255.255.255.255']);
    expect(all.contains(Address.of(0xffffffff))).toBe(true);
    expect(all.union(all)).toEqual(all);
  });

  test('adjacent items melt, items one address apart do not', () => {
    const set = IntervalSet.of(cidr('10.0.0.4/31'), range('10.0.0.0-10.0.0.3'), Address.of(0x0a000007));
    expect(set.toString()).toBe('10.0.0.0-10.0.0.5, 10.0.0.7-10.0.0.7');
    expect(JSON.stringify(set)).toBe('["10.0.0.0-10.0.0.5","10.0.0.7-10.0.0.7"]');
  });

  test('what a /24 has left for a load balancer', () => {
    const lan = IntervalSet.of(cidr('192.168.1.0/24'));
    const taken = IntervalSet.of(range('192.168.1.100-192.168.1.199'), Address.of(0xc0a80101));
    expect(lan.difference(taken).cidrs().map(String)).toEqual([
      '192.168.1.0/32',
      '192.168.1.2/31',
      '192.168.1.4/30',
      '192.168.1.8/29',
      '192.168.1.16/28',
      '192.168.1.32/27',
      '192.168.1.64/27',
      '192.168.1.96/30',
      '192.168.1.200/29',
      '192.168.1.208/28',
      '192.168.1.224/27',
    ]);
  });

  test('the worst range has the 62 networks that theory allows', () => {
    const worst = IntervalSet.of(range('0.0.0.1-255.255.255.254')).cidrs();
    expect(worst).toHaveLength(62);
    expect([worst[0], worst[61]].map(String)).toEqual(['0.0.0.1/32', '255.255.255.254/32']);
  });

  test('the complement of the complement is the set', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(addresses, addresses), { maxLength: 20 }), (pairs) => {
        const set = IntervalSet.of(
          ...pairs.map(([a, b]) => Range.of(a.value < b.value ? a : b, a.value < b.value ? b : a)),
        );
        expect(all.difference(all.difference(set))).toEqual(set);
        expect(all.difference(set).size + set.size).toBe(2 ** 32);
      }),
    );
  });
});
