import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Address4 } from 'ip-address';
import { formatQuad, scanQuad, withoutLeadingZeros } from '../../cdk8s/address/quad.ts';
import { addresses } from './arbitrary.ts';

/** Texts that are addresses, nearly are, or are made of the same characters. */
const octets = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 280 }).map(String) },
  fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9', '.', ' ', 'x', '-', '\n'), maxLength: 4 }),
);
const texts = fc.oneof(
  fc
    .oneof(fc.tuple(octets, octets, octets, octets), fc.array(octets, { minLength: 3, maxLength: 5 }))
    .map((parts) => parts.join('.')),
  fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '9', '.'), maxLength: 16 }),
  fc.string({ unit: 'binary', maxLength: 16 }).filter((text) => !text.includes('/')),
);

describe('scanQuad', () => {
  test('accepts exactly what ip-address accepts, with the same value', () => {
    let accepted = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const expected = Address4.isValid(text) ? Number(new Address4(text).bigInt()) : undefined;
        if (expected !== undefined) accepted++;
        expect(scanQuad(text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });

  test('agrees with ip-address on every address', () => {
    fc.assert(
      fc.property(addresses, ({ value }) => {
        const text = Address4.fromBigInt(BigInt(value)).correctForm();
        expect(formatQuad(value)).toBe(text);
        expect(scanQuad(text)).toBe(value);
      }),
    );
  });
});

describe('withoutLeadingZeros', () => {
  test.each([
    ['010.001.000.00', '10.1.0.0'],
    ['10.0.0.0/08', '10.0.0.0/8'],
    ['10.0.0.01-10.0.0.09', '10.0.0.1-10.0.0.9'],
    ['100.200.0.0/10', '100.200.0.0/10'],
    ['0x07.0.0.1', '0x07.0.0.1'],
    ['', ''],
  ])('%s becomes %s', (text, decimal) => {
    expect(withoutLeadingZeros(text)).toBe(decimal);
  });
});
