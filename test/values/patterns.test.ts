/** What values.schema.json says by patterns, against the parsers that know better. */
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { parseAddress, parseCidr } from '../../cdk8s/address/index.ts';
import { addressPattern, cidrPattern, noHostBits, selectorPattern } from '../../cdk8s/values/patterns.ts';
import { selectorText } from '../../cdk8s/plan/network/node-selection.ts';
import { selectNodes } from '../../cdk8s/plan/resolve/node-selection.ts';
import { names } from '../plans/random.ts';

const ajv = new Ajv({ strict: false });
const isAddress = ajv.compile<string>({ type: 'string', pattern: addressPattern });
const isCidr = ajv.compile<string>({ type: 'string', pattern: cidrPattern, allOf: noHostBits() });
const isSelector = ajv.compile<string>({ type: 'string', pattern: selectorPattern });

/** Near and far misses: wrong octets, signs, leading zeros, missing and surplus parts. */
const octets = fc.oneof(
  fc.integer({ min: 0, max: 255 }).map(String),
  fc.constantFrom('256', '999', '00', '01', '010', '', '-1', '1e1', ' 1', '0x1'),
);
const quads = fc.oneof(
  { arbitrary: fc.tuple(...Array<typeof octets>(4).fill(octets)).map((parts) => parts.join('.')), weight: 4 },
  { arbitrary: fc.array(octets, { maxLength: 6 }).map((parts) => parts.join('.')), weight: 1 },
);
const valid = fc
  .integer({ min: 0, max: 0xffffffff })
  .map((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.'));
const prefixes = fc.oneof(
  fc.integer({ min: 0, max: 33 }).map(String),
  fc.constantFrom('', '08', '-1', '24 ', '2x', '/24', '255.255.255.0'),
);

describe('an address', () => {
  test('is what the parser takes', () => {
    fc.assert(
      fc.property(fc.oneof(valid, quads), (text) => {
        expect([text, isAddress(text)]).toEqual([text, parseAddress(text).ok]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a subnet', () => {
  test('is what the parser takes', () => {
    fc.assert(
      fc.property(fc.oneof(valid, quads), prefixes, (address, prefix) => {
        const text = `${address}/${prefix}`;
        expect([text, isCidr(text)]).toEqual([text, parseCidr(text).ok]);
      }),
      { numRuns: 3000 },
    );
  });

  test.each(Array.from({ length: 33 }, (_, prefix) => prefix))(
    '/%d: every network address of an octet and no other',
    (prefix) => {
      // The octet that the prefix ends in takes every value, the ones before it and after it are at an end.
      const full = Math.min(3, Math.floor(prefix / 8));
      for (let value = 0; value < 256; value++)
        for (const before of [0, 255])
          for (const after of [0, 1]) {
            const quad = [0, 1, 2, 3]
              .map((index) => (index < full ? before : index === full ? value : after))
              .join('.');
            const text = `${quad}/${prefix}`;
            expect([text, isCidr(text)]).toEqual([text, parseCidr(text).ok]);
          }
    },
  );

  test('no pattern of a prefix length is too long to be read in an error', () => {
    for (const { then } of noHostBits()) expect(then.pattern.length).toBeLessThan(150);
  });
});

describe('a node selector', () => {
  const good = [
    'all()',
    'has(rack)',
    '!has(rack)',
    "rack == 'a'",
    "rack=='a'",
    "rack != ''",
    "!rack == 'a'",
    "kubernetes.io/hostname in {'a'}",
    "kubernetes.io/hostname in {'a', 'b','c-1.x'}",
    "kubernetes.io/hostname not in {'a'}",
    "kubernetes.io/hostname starts with 'a-'",
    "kubernetes.io/hostname in {'a'} || kubernetes.io/hostname starts with 'b1'",
    "has(rack) && rack == 'a'",
    "has(rack)&&rack=='a'||!has(node-role.kubernetes.io/control-plane)",
    "has(a) && !has(b) || c in {'d', 'e'}",
  ];
  test.each(good)('%s', (text) => {
    expect(isSelector(text)).toBe(true);
  });

  const bad = [
    '',
    ' ',
    'all',
    'everything',
    'all() ',
    ' all()',
    "rack = 'a'",
    'rack == a',
    'rack == "a',
    "rack == 'a",
    'has()',
    'has rack',
    '&& all()',
    'all() &&',
    'all() && ',
    'all() all()',
    "all()rack == 'a'",
    'all() & all()',
    'all() and all()',
    "rack in 'a'",
    'rack in {}',
    "rack in {'a' 'b'}",
    "rack in {'a',}",
    "rack in {'a'",
    "rack not {'a'}",
    "rack starts 'a'",
    "rack starts with {'a'}",
    '!!',
    "rack == 'a'\n",
    'node1',
  ];
  test.each(bad)('not %j', (text) => {
    expect(isSelector(text)).toBe(false);
  });

  test('every one that flatlan writes', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 12 }), (nodes) => {
        for (const all of [nodes, [...nodes, 'one-more']])
          expect(isSelector(selectorText(selectNodes('lan', nodes, all)))).toBe(true);
      }),
    );
  });

  test('is judged in no time, however long', () => {
    const start = performance.now();
    for (const text of [
      `${"rack == 'a' && ".repeat(2000)}!`,
      `${'a'.repeat(20000)} = 'b'`,
      `rack in {${"'a', ".repeat(5000)}}`,
    ])
      isSelector(text);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
