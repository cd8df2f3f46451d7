import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { parseCidr } from '../../cdk8s/address/cidr.ts';
import { parseRange, Range } from '../../cdk8s/address/range.ts';
import { addresses, bases, itemsFrom, ranges, valueOf } from './arbitrary.ts';

const range = (text: string): Range => valueOf(parseRange(text));

describe('parseRange', () => {
  test.each([
    ['192.168.1.100-192.168.1.199', 100],
    ['10.0.0.1-10.0.0.1', 1],
    ['0.0.0.0-255.255.255.255', 2 ** 32],
    ['127.255.255.255-128.0.0.0', 2],
  ])('%s holds %d', (text, size) => {
    expect(range(text).size).toBe(size);
    expect(range(text).toString()).toBe(text);
  });

  test('refuses a range that runs backwards', () => {
    expect(parseRange('10.0.0.9-10.0.0.1')).toEqual({
      ok: false,
      reason: 'order',
      problem: '10.0.0.9-10.0.0.1 starts with its higher address',
      remedy: 'write 10.0.0.1-10.0.0.9',
    });
    // Backwards as numbers, forwards as text and as signed 32-bit integers.
    expect(parseRange('10.0.0.0-9.0.0.0')).toMatchObject({ reason: 'order' });
    expect(parseRange('128.0.0.0-127.0.0.0')).toMatchObject({ reason: 'order' });
  });

  test.each(['::1-::2', 'fd00::1 - fd00::9', '10.0.0.1-::1', '::1', 'fd00::/8'])('%s is IPv6', (text) => {
    expect(parseRange(text)).toMatchObject({ ok: false, reason: 'ipv6', remedy: 'write IPv4 addresses' });
  });

  test.each([
    ['10.0.0.01-10.0.0.9', 'write 10.0.0.1-10.0.0.9'],
    ['10.0.0.1-10.0.0.09', 'write 10.0.0.1-10.0.0.9'],
    ['10.0.0.010-10.0.0.9', 'write 10.0.0.9-10.0.0.10'],
  ])('%s could be octal', (text, remedy) => {
    const problem = `${text} has a leading zero, which some programs read as octal`;
    expect(parseRange(text)).toEqual({ ok: false, reason: 'octal', problem, remedy });
  });

  const SPACED = 'contains spaces, or a dash other than -';
  test.each([
    ['10.0.0.1 - 10.0.0.9', `"10.0.0.1 - 10.0.0.9" ${SPACED}`],
    [' 10.0.0.1-10.0.0.9', `" 10.0.0.1-10.0.0.9" ${SPACED}`],
    ['10.0.0.1-10.0.0.9\n', String.raw`"10.0.0.1-10.0.0.9\n" ${SPACED}`],
    ['10.0.0.1\u201310.0.0.9', String.raw`"10.0.0.1\u201310.0.0.9" ${SPACED}`],
    ['10.0.0.9 - 10.0.0.1', `"10.0.0.9 - 10.0.0.1" ${SPACED}`],
    ['10.0.0.1-9', '10.0.0.1-9 is not a range of IPv4 addresses'],
    ['10.0.0.1 - 9', '"10.0.0.1 - 9" is not a range of IPv4 addresses'],
  ])('%j is nearly one', (text, problem) => {
    expect(parseRange(text)).toEqual({ ok: false, reason: 'syntax', problem, remedy: 'write 10.0.0.1-10.0.0.9' });
  });

  test.each([
    '',
    '-',
    '10.0.0.1',
    '10.0.0.1-',
    '-10.0.0.9',
    '10.0.0.1--10.0.0.9',
    '10.0.0.1-10.0.0.9-10.0.0.20',
    '10.0.0.1-10.0.0.256',
    '10.0.0.1-256',
    '10.0.0-9',
    '1-9',
    '10.0.0.0/24',
    '10.0.0.0/24-10.0.1.0/24',
    'first-last',
  ])('%j is none', (text) => {
    expect(parseRange(text)).toMatchObject({
      ok: false,
      reason: 'syntax',
      remedy: 'write the first and the last address with a dash between them, such as 192.168.1.100-192.168.1.199',
    });
  });

  test('reads back what toString writes, and orders as numbers do', () => {
    fc.assert(
      fc.property(addresses, addresses, (a, b) => {
        const parsed = parseRange(`${a.toString()}-${b.toString()}`);
        if (a.value <= b.value) expect(valueOf(parsed)).toEqual(Range.of(a, b));
        else expect(parsed).toMatchObject({ reason: 'order', remedy: `write ${Range.of(b, a).toString()}` });
      }),
    );
  });
});

describe('Range', () => {
  test('an unordered one is a programming error', () => {
    expect(() => Range.of(Address.of(2), Address.of(1))).toThrow(RangeError);
  });

  test('contains and overlaps as the sets of its addresses do', () => {
    const cases = bases.chain((base) => fc.tuple(itemsFrom(base), itemsFrom(base)));
    fc.assert(
      fc.property(cases, ([a, b]) => {
        const outer = Range.of(a.first, a.last);
        const members = new Set(numbers(outer));
        expect(outer.contains(b)).toBe(numbers(b).every((value) => members.has(value)));
        if (!(b instanceof Address)) expect(outer.overlaps(b)).toBe(numbers(b).some((value) => members.has(value)));
      }),
      { numRuns: 1000 },
    );
  });

  test('a range and its network hold each other', () => {
    const network = valueOf(parseCidr('0.0.0.0/0'));
    expect(range('0.0.0.0-255.255.255.255').contains(network)).toBe(true);
    expect(range('0.0.0.1-255.255.255.255').contains(network)).toBe(false);
  });

  test('equals needs both ends', () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        expect(a.equals(b)).toBe(a.toString() === b.toString());
        expect(a.equals(Range.of(a.first, a.last))).toBe(true);
      }),
    );
    expect(range('10.0.0.1-10.0.0.9').equals(range('10.0.0.1-10.0.0.8'))).toBe(false);
    expect(range('10.0.0.1-10.0.0.9').equals(range('10.0.0.2-10.0.0.9'))).toBe(false);
  });

  test('is text in JSON', () => {
    expect(JSON.stringify([range('10.0.0.1-10.0.0.9')])).toBe('["10.0.0.1-10.0.0.9"]');
  });
});

function numbers({ first, last }: { first: Address; last: Address }): number[] {
  return Array.from({ length: last.value - first.value + 1 }, (_, i) => first.value + i);
}
