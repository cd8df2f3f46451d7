import { describe, expect, test } from '@jest/globals';
import { ancestors, clashes, pathProblem } from '../../cdk8s/writer/path.ts';

describe('pathProblem', () => {
  test.each(['a', 'a/b.yaml', '.github/x', 'a/.gitignore', 'a b/ü', '...', 'a/.flatlan', '.flatlanx', 'eth0:1'])(
    '%s may be written',
    (path) => {
      expect(pathProblem(path)).toBeUndefined();
    },
  );

  test.each([
    ['', 'empty'],
    ['a//b', 'empty'],
    ['a/', 'empty'],
    ['./a', 'empty'],
    ['a/../b', 'empty'],
    ['..', 'empty'],
    ['/a', 'not relative'],
    ['C:/a', 'not relative'],
    ['c:a', 'not relative'],
    ['a\\b', 'backslash'],
    ['a\nb', 'control character'],
    ['a\u0000b', 'control character'],
    ['a\u007fb', 'control character'],
    ['.git/config', "git's own folder"],
    ['a/.GIT/hooks/x', "git's own folder"],
    ['.flatlan/x', "the writer's own folder"],
    ['.Flatlan', "the writer's own folder"],
    ['.flatlan-1-2-3/x', "the writer's own folder"],
  ])('%j may not', (path, problem) => {
    expect(pathProblem(path)).toContain(problem);
  });
});

test('ancestors are the folders on the way, outermost first', () => {
  expect(ancestors('a')).toEqual([]);
  expect(ancestors('a/b/c')).toEqual(['a', 'a/b']);
});

describe('clashes', () => {
  test.each<[string[], string[]]>([
    [['a', 'b'], []],
    [['a/b', 'a-b', 'a.b', 'ab'], []],
    [['a', 'b', 'a'], ['a']],
    [['a/B', 'A/b'], ['A/b']],
    [['a/b/c', 'A'], ['a/b/c']],
    [['a', 'A/b'], ['A/b']],
    [
      ['a', 'a/b', 'a/b/c'],
      ['a/b', 'a/b/c', 'a/b/c'],
    ],
  ])('%j', (paths, clashing) => {
    expect(clashes(paths).map(({ path }) => path)).toEqual(clashing);
  });
});
