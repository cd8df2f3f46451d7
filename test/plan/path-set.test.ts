import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Path } from '../../cdk8s/plan/finding.ts';
import { PathSet } from '../../cdk8s/plan/read/path-set.ts';

const path = fc.array(fc.constantFrom<string | number>('a', 'b', 'a.b', '', '__proto__', 0, 1), { maxLength: 4 });

function setOf(paths: readonly Path[]): PathSet {
  const set = new PathSet();
  for (const one of paths) set.add(one);
  return set;
}

const startsWith = (long: Path, short: Path): boolean =>
  short.length <= long.length && short.every((key, depth) => String(key) === String(long[depth]));

test('covers what is at or below a member, and touches what is around one too', () => {
  fc.assert(
    fc.property(fc.array(path, { maxLength: 5 }), path, (members, asked) => {
      const covered = members.some((member) => startsWith(asked, member));
      const around = members.some((member) => startsWith(member, asked));
      expect(setOf(members).covers(asked)).toBe(covered);
      expect(setOf(members).touches(asked)).toBe(covered || around);
    }),
  );
});

test('an empty set has nothing', () => {
  expect(setOf([]).touches([])).toBe(false);
});
