/** One mistake, one finding: whatever stands wrong somewhere, nothing else is said because of it. */
import { describe, expect, test } from '@jest/globals';
import { isMap, isScalar, parseDocument, visit } from 'yaml';
import { planJsonSchema } from '../../cdk8s/plan/schema/index.ts';
import { placed, plans } from './plans.ts';

interface Spot {
  /** `networks.home.subnet`, for the name of the test. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Keys of the schema, at whatever depth. */
const known = new Set(
  [...JSON.stringify(planJsonSchema()).matchAll(/"properties":\{(.*)/g)].flatMap(() => keysIn(planJsonSchema())),
);

function keysIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : [];
  return [...own, ...Object.values(schema).flatMap(keysIn)];
}

/** Every key or every value of a plan, by the YAML library. */
function spotsIn(text: string, of: 'key' | 'value'): Spot[] {
  const spots: Spot[] = [];
  visit(parseDocument(text), {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key)) return;
      const names = ancestors.flatMap((one) => ('key' in one && isScalar(one.key) ? [String(one.key.value)] : []));
      const node = pair[of];
      const range =
        isScalar(node) || isMap(node) || of === 'value'
          ? (node as { range?: [number, number] } | null)?.range
          : undefined;
      if (range) spots.push({ name: [...names, String(pair.key.value)].join('.'), start: range[0], end: range[1] });
    },
  });
  return spots;
}

describe.each(plans)('%s', (_, text) => {
  const before = placed(text);
  const put = (spot: Spot, value: string): string => text.slice(0, spot.start) + value + text.slice(spot.end);

  test('has no error', () => {
    expect(before).toEqual([]);
  });

  test.each(spotsIn(text, 'value').map((spot) => [spot.name, spot] as const))('a list of a list at %s', (__, spot) => {
    const block = /^\s*\n/.test(text.slice(text.lastIndexOf(':', spot.start) + 1, spot.start));
    expect(placed(put(spot, block ? '[[]]\n' : '[[]]'))).toHaveLength(1);
  });

  test.each(
    spotsIn(text, 'key')
      .filter(({ name }) => known.has(name.slice(name.lastIndexOf('.') + 1)))
      .map((spot) => [spot.name, spot] as const),
  )('a letter too many in the key %s', (__, spot) => {
    expect(placed(put(spot, `${text.slice(spot.start, spot.end)}x`))).toEqual([
      expect.stringMatching(/ schema\/unknown-key$/),
    ]);
  });
});
