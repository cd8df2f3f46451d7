import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quoted } from '../../cdk8s/address/quoted.ts';

test.each([
  ['192.168.1.0/24', '192.168.1.0/24'],
  ['', '""'],
  [' 1.2.3.4', '" 1.2.3.4"'],
  ['1.2.3.4\t', String.raw`"1.2.3.4\t"`],
  ['\u0661.2.3.4', String.raw`"\u0661.2.3.4"`],
  ['\u202e4.3.2.1', String.raw`"\u202e4.3.2.1"`],
  ['\u{1f3e0}', String.raw`"\ud83c\udfe0"`],
  ['x'.repeat(40), 'x'.repeat(40)],
  ['x'.repeat(41), `"${'x'.repeat(40)}..."`],
])('%j is shown as %s', (text, shown) => {
  expect(quoted(text)).toBe(shown);
});

test('shows one line of visible ASCII, and short texts without loss', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const shown = quoted(text);
      expect(shown).toMatch(/^[ -~]+$/);
      if (text.length <= 40 && shown !== text) expect(JSON.parse(shown)).toBe(text);
    }),
  );
});
