import { expect, test } from '@jest/globals';
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
