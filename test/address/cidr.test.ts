import { describe, expect, test } from '@jest/globals';
import { containsCidr, overlapCidr, parseCidr as oracle } from 'cidr-tools';
import fc from 'fast-check';
import { Address } from '../../cdk8s/address/address.ts';
import { Cidr, parseCidr } from '../../cdk8s/address/cidr.ts';
import { parseRange } from '../../cdk8s/address/range.ts';
import { addresses, cidrs, neighbouringCidrs, prefixes, valueOf } from './arbitrary.ts';

const cidr = (text: string): Cidr => valueOf(parseCidr(text));

describe('parseCidr', () => {
  test.each([
    ['0.0.0.0/0', '0.0.0.0', '255.255.255.255', 2 ** 32, '0.0.0.0'],
    ['128.0.0.0/1', '128.0.0.0', '255.255.255.255', 2 ** 31, '128.0.0.0'],
    ['10.0.0.0/8', '10.0.0.0', '10.255.255.255', 2 ** 24, '255.0.0.0'],
    ['192.168.2.0/24', '192.168.2.0', '192.168.2.255', 256, '255.255.255.0'],
    ['192.168.2.128/26', '192.168.2.128', '192.168.2.191', 64, '255.255.255.192'],
    ['192.168.2.4/31', '192.168.2.4', '192.168.2.5', 2, '255.255.255.254'],
    ['255.255.255.255/32', '255.255.255.255', '255.255.255.255', 1, '255.255.255.255'],
    ['0.0.0.0/32', '0.0.0.0', '0.0.0.0', 1, '255.255.255.255'],
  ])('%s', (text, first, last, size, mask) => {
    const network = cidr(text);
    expect([network.first, network.last, network.mask].map(String)).toEqual([first, last, mask]);
    expect(network.size).toBe(size);
    expect(network.toString()).toBe(text);
  });

  test.each([
    ['192.168.2.5/24', 'write 192.168.2.0/24 for the network, or 192.168.2.5/32 for this single address'],
    ['192.168.2.5/31', 'write 192.168.2.4/31 for the network, or 192.168.2.5/32 for this single address'],
    ['128.0.0.0/0', 'write 0.0.0.0/0 for the network, or 128.0.0.0/32 for this single address'],
    ['255.255.255.255/1', 'write 128.0.0.0/1 for the network, or 255.255.255.255/32 for this single address'],
  ])('%s has host bits', (text, remedy) => {
    expect(parseCidr(text)).toEqual({ ok: false, reason: 'host-bits', problem: `${text} has host bits set`, remedy });
  });

  test.each([
    ['1.2.3.4/024', 'write 1.2.3.0/24 for the network, or 1.2.3.4/32 for this single address'],
    ['10.0.0.0/08', 'write 10.0.0.0/8'],
    ['010.0.0.0/8', 'write 10.0.0.0/8'],
    ['0.0.0.0/00', 'write 0.0.0.0/0'],
  ])('%s could be octal', (text, remedy) => {
    const problem = `${text} has a leading zero, which some programs read as octal`;
    expect(parseCidr(text)).toEqual({ ok: false, reason: 'octal', problem, remedy });
  });

  test.each(['::1', '::/0', 'fd00::/8', '::ffff:1.2.3.4/120'])('%s is IPv6', (text) => {
    expect(parseCidr(text)).toMatchObject({ ok: false, reason: 'ipv6', remedy: 'write an IPv4 network' });
  });

  const FORM = 'write an address and a prefix length, such as 192.168.1.0/24';
  test.each([
    ['', '"" is not an IPv4 network', FORM],
    ['/24', '/24 is not an IPv4 network', FORM],
    ['10/8', '10/8 is not an IPv4 network', FORM],
    ['10.0.0/8', '10.0.0/8 is not an IPv4 network', FORM],
    [
      '10.0.0.0-10.0.0.9',
      '10.0.0.0-10.0.0.9 is a range of addresses, but a network is required here',
      'write one network: 10.0.0.0/28 contains the whole range, and 10.0.0.0/29 is the largest inside it',
    ],
    [
      '0.0.0.0-255.255.255.255',
      '0.0.0.0-255.255.255.255 is a range of addresses, but a network is required here',
      'write 0.0.0.0/0',
    ],
    [
      '10.0.0.1-255.255.255.255',
      '10.0.0.1-255.255.255.255 is a range of addresses, but a network is required here',
      'write one network: 0.0.0.0/0 contains the whole range, and 128.0.0.0/1 is the largest inside it',
    ],
    [
      '10.0.0.7-10.0.0.7',
      '10.0.0.7-10.0.0.7 is a range of addresses, but a network is required here',
      'write 10.0.0.7/32',
    ],
    ['10.0.0.9-10.0.0.7', '10.0.0.9-10.0.0.7 is not an IPv4 network', FORM],
    ['\u0661.0.0.0/8', String.raw`"\u0661.0.0.0/8" is not an IPv4 network`, FORM],
    [
      '192.168.2.5',
      '192.168.2.5 has no prefix length',
      'write 192.168.2.5/32 for this single address, or the network that contains it, such as 192.168.2.0/24',
    ],
    [' 10.0.0.0/8', '" 10.0.0.0/8" contains spaces', 'write 10.0.0.0/8'],
    ['10.0.0.0 / 8\n', String.raw`"10.0.0.0 / 8\n" contains spaces`, 'write 10.0.0.0/8'],
    ['10.0.0.0/255.0.0.0', 'the prefix length of 10.0.0.0/255.0.0.0 is not a number from 0 to 32', 'write 10.0.0.0/8'],
    ['0.0.0.0/0.0.0.0', 'the prefix length of 0.0.0.0/0.0.0.0 is not a number from 0 to 32', 'write 0.0.0.0/0'],
    [
      '10.0.0.1/255.255.255.255',
      'the prefix length of 10.0.0.1/255.255.255.255 is not a number from 0 to 32',
      'write 10.0.0.1/32',
    ],
    [
      '10.0.0.9/255.255.255.0',
      'the prefix length of 10.0.0.9/255.255.255.0 is not a number from 0 to 32',
      'write 10.0.0.0/24 for the network, or 10.0.0.9/32 for this single address',
    ],
  ])('%j is none', (text, problem, remedy) => {
    expect(parseCidr(text)).toEqual({ ok: false, reason: 'syntax', problem, remedy });
  });

  test.each(['33', '', '-1', '+8', '8.0', '0x8', '1e1', '100', '8/8', '\u0668', '0.0.0.255', '255.0.255.0'])(
    'the prefix %j is none',
    (prefix) => {
      expect(parseCidr(`10.0.0.0/${prefix}`)).toMatchObject({
        reason: 'syntax',
        remedy: 'write a number from 0 to 32 after the slash, such as 10.0.0.0/32 for this single address',
      });
    },
  );

  test('accepts an address with a prefix exactly when masking changes nothing', () => {
    fc.assert(
      fc.property(addresses, prefixes, (address, prefix) => {
        const masked = Cidr.of(address, prefix);
        expect(parseCidr(`${address.toString()}/${prefix}`).ok).toBe(masked.network.equals(address));
        expect(cidr(masked.toString())).toEqual(masked);
      }),
    );
  });
});

describe('Cidr', () => {
  test.each([-1, 33, 0.5, NaN])('of(_, %d) is a programming error', (prefix) => {
    expect(() => Cidr.of(Address.of(0), prefix)).toThrow(RangeError);
  });

  test('first and last are those of cidr-tools', () => {
    fc.assert(
      fc.property(addresses, prefixes, (address, prefix) => {
        const { start, end } = oracle(`${address.toString()}/${prefix}`);
        const network = Cidr.of(address, prefix);
        expect([network.first.value, network.last.value]).toEqual([Number(start), Number(end)]);
        expect(BigInt(network.size)).toBe(end - start + 1n);
        expect(network.contains(address)).toBe(true);
      }),
    );
  });

  test('contains and overlaps as cidr-tools says', () => {
    const either = fc.oneof(cidrs, neighbouringCidrs);
    const seen = new Set<string>();
    fc.assert(
      fc.property(either, either, (a, b) => {
        const expected = [containsCidr(a.toString(), b.toString()), overlapCidr(a.toString(), b.toString())];
        expect([a.contains(b), a.overlaps(b)]).toEqual(expected);
        seen.add(expected.join());
      }),
      { numRuns: 1000 },
    );
    expect([...seen].sort()).toEqual(['false,false', 'false,true', 'true,true']);
  });

  test('contains addresses and ranges up to its ends', () => {
    const network = cidr('192.168.2.0/24');
    const range = (text: string) => valueOf(parseRange(text));
    expect(network.contains(network.first)).toBe(true);
    expect(network.contains(network.last)).toBe(true);
    expect(network.contains(network.first.plus(-1))).toBe(false);
    expect(network.contains(network.last.plus(1))).toBe(false);
    expect(network.contains(range('192.168.2.0-192.168.2.255'))).toBe(true);
    expect(network.contains(range('192.168.2.0-192.168.3.0'))).toBe(false);
    expect(network.overlaps(range('192.168.2.255-192.168.3.0'))).toBe(true);
    expect(network.overlaps(range('192.168.3.0-192.168.3.9'))).toBe(false);
    expect(cidr('0.0.0.0/0').contains(range('0.0.0.0-255.255.255.255'))).toBe(true);
  });

  test('at counts from the first address and stops at the last', () => {
    const services = cidr('10.96.0.0/12');
    expect(services.at(10).toString()).toBe('10.96.0.10');
    expect(services.at(services.size - 1)).toEqual(services.last);
    expect(
      cidr('0.0.0.0/0')
        .at(2 ** 32 - 1)
        .toString(),
    ).toBe('255.255.255.255');
    for (const index of [-1, services.size, 0.5, NaN]) expect(() => services.at(index)).toThrow(RangeError);
  });

  test('equals needs the same network and the same prefix', () => {
    expect(cidr('10.0.0.0/8').equals(Cidr.of(Address.of(0x0a010203), 8))).toBe(true);
    expect(cidr('10.0.0.0/8').equals(cidr('10.0.0.0/9'))).toBe(false);
    expect(cidr('10.0.0.0/8').equals(cidr('11.0.0.0/8'))).toBe(false);
  });

  test('is text in JSON', () => {
    expect(JSON.stringify([cidr('10.0.0.0/8')])).toBe('["10.0.0.0/8"]');
  });
});
