/** JSON by Go's rules (encoding/json, Marshal); test/helm compares whole charts with what both Helms write. */
import { expect, test } from '@jest/globals';
import { goJson, goJsonOfStruct } from '../cdk8s/go-json.ts';

test('keys stand by their bytes in UTF-8, digits too', () => {
  // By UTF-16, as JavaScript compares, U+1F3E0 comes before U+FFFD; and objects hold 9 before 10, and both first.
  const map = { '\u{1f3e0}': 1, '\ufffd': 2, b: 3, 9: 4, 10: 5, '-': 6, a: { z: 7, 1: 8 } };
  expect(goJson(map)).toBe('{"-":6,"10":5,"9":4,"a":{"1":8,"z":7},"b":3,"\ufffd":2,"\u{1f3e0}":1}');
});

test('what is undefined is no key', () => {
  expect(goJson({ a: undefined, b: [{ c: undefined, d: null }], e: {}, f: [] })).toBe(
    '{"b":[{"d":null}],"e":{},"f":[]}',
  );
});

test.each([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
])('%j is an escape, in keys and values', (sign, escape) => {
  expect(goJson({ [sign]: [sign] })).toBe(`{"${escape}":["${escape}"]}`);
  expect(goJsonOfStruct({ b: sign, a: 1 })).toBe(`{"b":"${escape}","a":1}`);
});
