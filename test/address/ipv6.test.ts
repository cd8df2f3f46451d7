import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address6 } from 'ip-address';
import { refuseIpv6 } from '../../cdk8s/address/ipv6.ts';

test.each([
  '::',
  '::1',
  '::1/128',
  ' fe80::1 ',
  '::ffff:192.168.1.1',
  `fe80::${'1111:'.repeat(5)}1111%enp0s31f6`,
  'abcd:abcd:abcd:abcd:abcd:abcd:255.255.255.255%abcdefghijklmno/128',
])('%j is IPv6', (text) => {
  expect(refuseIpv6(text, 'an IPv4 network')).toMatchObject({ reason: 'ipv6', remedy: 'write an IPv4 network' });
});

test.each(['', ':', '1.2.3.4', '10.0.0.0/8', '1:2:3', '52:54:00:12:34:56', 'a::b::c', `::${' '.repeat(99)}1`, 'dead'])(
  '%j is not',
  (text) => {
    expect(refuseIpv6(text, 'an IPv4 network')).toBeUndefined();
  },
);

/** Texts that are addresses, nearly are, or are made of the same characters. */
const group = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f', 'A', 'F'), minLength: 1, maxLength: 4 }),
  },
  fc.constantFrom('', '', '12345', 'g', '1.2.3.4', '1.2.3', '01.2.3.4', '1.2.3.256'),
);
const texts = fc
  .tuple(
    fc.array(group, { minLength: 2, maxLength: 9 }),
    fc.constantFrom('', '', '', '::', ':', '::1', '::1.2.3.4', ':1.2.3.4'),
    fc.constantFrom('', '', '%eth0', '%'),
    fc.constantFrom('', '', '/0', '/64', '/128', '/129', '/1000', '/', '/x', '/1/2'),
  )
  .map(([groups, end, zone, length]) => `${groups.join(':')}${end}${zone}${length}`);

test('IPv6 is exactly what ip-address takes for it', () => {
  let accepted = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const expected = Address6.isValid(text);
      if (expected) accepted++;
      expect([text, refuseIpv6(text, 'an IPv4 network') !== undefined]).toEqual([text, expected]);
    }),
    { numRuns: 5000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
