import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Mac, parseMac } from '../../cdk8s/address/mac.ts';
import { valueOf } from './arbitrary.ts';

describe('parseMac', () => {
  test.each([
    ['52:54:00:12:34:56', '52:54:00:12:34:56'],
    ['AA:BB:CC:DD:EE:FF', 'aa:bb:cc:dd:ee:ff'],
    ['00-00-5E-00-53-0a', '00:00:5e:00:53:0a'],
    ['00:00:00:00:00:00', '00:00:00:00:00:00'],
    ['ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff'],
  ])('%s is %s', (text, canonical) => {
    expect(valueOf(parseMac(text)).toString()).toBe(canonical);
  });

  test.each([
    ['5254.0012.3456', 'write 52:54:00:12:34:56'],
    ['525400123456', 'write 52:54:00:12:34:56'],
    ['52:54-00:12-34:56', 'write 52:54:00:12:34:56'],
    [' 52:54:00:12:34:56', 'write 52:54:00:12:34:56'],
    ['AABB.CCDD.EEFF\n', 'write aa:bb:cc:dd:ee:ff'],
  ])('%j is nearly one', (text, remedy) => {
    expect(parseMac(text)).toMatchObject({ ok: false, reason: 'syntax', remedy });
  });

  test.each([
    '',
    '52:54:00:12:34',
    '52:54:00:12:34:56:78',
    '52:54:00:12:34:5',
    '52:54:0:12:34:56',
    '52:54:00:12:34:5g',
    '52::00:12:34:56',
    ':52:54:00:12:34:56',
    '52:54:00:12:34:56:',
    '52 54 00 12 34 56',
    '0x525400123456',
    '5254:0012:3456',
    '192.168.1.1',
    'aa:bb:cc:dd:ee:f\uff16', // full-width digit six
  ])('%j is none', (text) => {
    const parsed = parseMac(text);
    expect(parsed).toMatchObject({ ok: false, reason: 'syntax' });
    expect(parsed).toMatchObject({ remedy: expect.stringContaining('six pairs of hexadecimal digits') });
  });

  test('says what was refused', () => {
    expect(parseMac('router')).toMatchObject({ problem: 'router is not a MAC address in the usual form' });
  });
});

describe('Mac', () => {
  test.each([
    ['00:00:5e:00:53:01', false, false], // documentation, RFC 9542 section 2.1.4
    ['01:00:5e:00:00:fb', true, false], // mDNS over IPv4 multicast, RFC 1112 section 6.4
    ['02:00:00:00:00:01', false, true],
    ['52:54:00:12:34:56', false, true], // QEMU
    ['33:33:00:00:00:01', true, true], // IPv6 multicast, RFC 2464 section 7
    ['ff:ff:ff:ff:ff:ff', true, true],
    ['fc:ff:ff:ff:ff:ff', false, false],
    ['00:ff:ff:ff:ff:ff', false, false],
  ])('%s: multicast %j, local %j', (text, isMulticast, isLocal) => {
    expect(valueOf(parseMac(text))).toMatchObject({ isMulticast, isLocal });
  });

  test('reads back what toString writes, and equality is that of the text', () => {
    const macs = fc.uint8Array({ minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(macs, macs, (a, b) => {
        const [textA, textB] = [a, b].map((bytes) =>
          Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':'),
        );
        const [macA, macB] = [valueOf(parseMac(textA ?? '')), valueOf(parseMac(textB ?? ''))];
        expect(macA.toString()).toBe(textA);
        expect(macA.equals(macB)).toBe(textA === textB);
        expect(Mac.of(macA.value)).toEqual(macA);
        expect(macA.isMulticast).toBe(((a[0] ?? 0) & 1) === 1);
        expect(macA.isLocal).toBe(((a[0] ?? 0) & 2) === 2);
      }),
    );
  });

  test.each([-1, 2 ** 48, 0.5, NaN])('of(%d) is a programming error', (value) => {
    expect(() => Mac.of(value)).toThrow(RangeError);
  });

  test('is text in JSON', () => {
    expect(JSON.stringify([Mac.of(1)])).toBe('["00:00:00:00:00:01"]');
  });
});
