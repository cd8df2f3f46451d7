import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address, compareAddresses, parseAddress } from '../../cdk8s/address/address.ts';
import { addresses, valueOf } from './arbitrary.ts';

const LEADING_ZERO = 'which some programs read as octal';

describe('parseAddress', () => {
  test.each([
    ['0.0.0.0', 0],
    ['0.0.0.1', 1],
    ['10.0.0.1', 0x0a000001],
    ['127.255.255.255', 0x7fffffff],
    ['128.0.0.0', 0x80000000],
    ['192.168.1.10', 0xc0a8010a],
    ['255.255.255.255', 0xffffffff],
  ])('%s is %d', (text, value) => {
    expect(valueOf(parseAddress(text)).value).toBe(value);
  });

  test.each([
    ['01.2.3.4', '1.2.3.4'],
    ['1.2.3.04', '1.2.3.4'],
    ['192.168.010.1', '192.168.10.1'],
    ['00.0.0.0', '0.0.0.0'],
    ['0000000177.0.0.1', '177.0.0.1'],
  ])('%s could be octal', (text, decimal) => {
    expect(parseAddress(text)).toEqual({
      ok: false,
      reason: 'octal',
      problem: `${text} has a leading zero, ${LEADING_ZERO}`,
      remedy: `write ${decimal}`,
    });
  });

  test.each(['::1', '::', '::ffff:1.2.3.4', '2001:db8::1', 'fe80::1%eth0', 'fd00::/8', '2001:DB8:0:0:0:0:0:1'])(
    '%s is IPv6',
    (text) => {
      expect(parseAddress(text)).toEqual({
        ok: false,
        reason: 'ipv6',
        problem: `${text} is IPv6, and flatlan supports IPv4 only for now`,
        remedy: 'write an IPv4 address',
      });
    },
  );

  test.each([
    [' 1.2.3.4', '" 1.2.3.4" has a space before or after the address', 'write 1.2.3.4'],
    ['1.2.3.4\n', String.raw`"1.2.3.4\n" has a space before or after the address`, 'write 1.2.3.4'],
    ['1.2.3.4/24', '1.2.3.4/24 has a prefix length, but an address has none', 'write 1.2.3.4'],
    ['1.2.3.4/', '1.2.3.4/ has a prefix length, but an address has none', 'write 1.2.3.4'],
  ])('%j is nearly one', (text, problem, remedy) => {
    expect(parseAddress(text)).toEqual({ ok: false, reason: 'syntax', problem, remedy });
  });

  test.each([
    '',
    '1',
    '10.1',
    '1.2.3',
    '1.2.3.',
    '1.2.3.4.',
    '.1.2.3.4',
    '1.2.3.4.5',
    '1..3.4',
    '...',
    '256.1.1.1',
    '1.1.1.256',
    '1.1.1.1000',
    '3232235786',
    '0x7f.0.0.1',
    '0x7f000001',
    '-1.2.3.4',
    '+1.2.3.4',
    '1.2.3.4e0',
    '1,2,3,4',
    '1. 2.3.4',
    '1.2.3.4:80',
    '1.2.3.4-1.2.3.9',
    'router',
    '::1::2',
    '[::1]',
    '52:54:00:12:34:56',
    '\u0661.2.3.4', // Arabic-Indic digit one
    '\uff11.2.3.4', // full-width digit one
    '1.2.3.4\u0000',
    '1\u30022.3.4', // ideographic full stop, a dot to host names (RFC 3490 section 3.1)
  ])('%j is none', (text) => {
    const parsed = parseAddress(text);
    expect(parsed).toMatchObject({ ok: false, reason: 'syntax' });
    expect(parsed).toMatchObject({ remedy: expect.stringContaining('four numbers from 0 to 255') });
  });

  test('the remedy of a refusal is accepted', () => {
    for (const text of ['01.2.3.4', ' 1.2.3.4 ', '1.2.3.4/24', '1.2.3.4/33']) {
      const parsed = parseAddress(text);
      const remedy = parsed.ok ? '' : parsed.remedy.replace('write ', '');
      expect(valueOf(parseAddress(remedy)).toString()).toBe('1.2.3.4');
    }
  });

  test('reads back what toString writes', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(valueOf(parseAddress(address.toString())).value).toBe(address.value);
      }),
    );
  });
});

describe('Address', () => {
  test.each([-1, 2 ** 32, 0.5, NaN, Infinity, -Infinity])('of(%d) is a programming error', (value) => {
    expect(() => Address.of(value)).toThrow(RangeError);
  });

  test('minus zero is zero', () => {
    expect(Object.is(Address.of(-0).value, 0)).toBe(true);
  });

  test('plus moves both ways and stays in the space', () => {
    const address = Address.of(0xc0a801ff);
    expect(address.plus(1).toString()).toBe('192.168.2.0');
    expect(address.plus(-256).toString()).toBe('192.168.0.255');
    expect(address.toString()).toBe('192.168.1.255');
    expect(Address.of(0).plus(0xffffffff).toString()).toBe('255.255.255.255');
    expect(() => Address.of(0).plus(-1)).toThrow(RangeError);
    expect(() => Address.of(0xffffffff).plus(1)).toThrow(RangeError);
    expect(() => address.plus(0.5)).toThrow(RangeError);
  });

  test('is a span of one', () => {
    const address = Address.of(7);
    expect([address.first, address.last]).toEqual([address, address]);
  });

  test('is text in JSON', () => {
    expect(JSON.stringify({ gateway: Address.of(0xc0a80101) })).toBe('{"gateway":"192.168.1.1"}');
  });

  test('equality and order are those of the values', () => {
    fc.assert(
      fc.property(addresses, addresses, (a, b) => {
        expect(a.equals(b)).toBe(a.value === b.value);
        expect(Math.sign(compareAddresses(a, b))).toBe(a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
      }),
    );
    expect(Address.of(9).equals(Address.of(9))).toBe(true);
  });
});
