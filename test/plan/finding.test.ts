import { describe, expect, test } from '@jest/globals';
import { compareFindings, hasErrors, pathText, type Finding } from '../../cdk8s/plan/finding.ts';

describe('pathText', () => {
  test.each([
    [['networks', 'home', 'subnet'], 'networks.home.subnet'],
    [['networks', 'home', 'dns', 1], 'networks.home.dns'],
    [['nodes', 'node{1..3}', 'os'], 'nodes."node{1..3}".os'],
    [['nodes', '', 'os'], 'nodes."".os'],
    [['a b', 'c.d'], '"a b"."c.d"'],
    [['a\nb', 'ü'], '"a\\nb"."\\u00fc"'],
    [['a'.repeat(63)], 'a'.repeat(63)],
    [['a'.repeat(64)], `"${'a'.repeat(40)}..."`],
    [[], ''],
  ])('%j', (path, text) => {
    expect(pathText(path)).toBe(text);
  });
});

function finding(
  line: number,
  column: number,
  severity: Finding['severity'] = 'error',
  code = 'a/b',
  file = 'x',
): Finding {
  return { code, severity, problem: '', remedy: '', path: [], place: { file, line, column } };
}

test('findings come in the order of the text, errors first at one place', () => {
  const sorted = [
    finding(9, 9, 'error', 'a/b', 'a'),
    finding(1, 1),
    finding(1, 2, 'error', 'a/a'),
    finding(1, 2, 'error', 'a/b'),
    finding(1, 2, 'warning', 'a/a'),
    finding(1, 10),
    finding(2, 1),
    finding(10, 1),
  ];
  expect(sorted.toReversed().sort(compareFindings)).toEqual(sorted);
});

test('hasErrors', () => {
  expect(hasErrors([])).toBe(false);
  expect(hasErrors([finding(1, 1, 'warning')])).toBe(false);
  expect(hasErrors([finding(1, 1, 'warning'), finding(1, 1)])).toBe(true);
});
