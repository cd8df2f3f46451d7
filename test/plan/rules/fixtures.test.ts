import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../cdk8s/plan/finding.ts';
import { rules } from '../../../cdk8s/plan/rules/index.ts';
import { check, expectedOf, readFixtures, type Fixture } from './fixtures.ts';

const fixtures = readFixtures();
const invalid = fixtures.filter(({ kind }) => kind === 'invalid');
const valid = fixtures.filter(({ kind }) => kind === 'valid');

/** Plans with attachments cannot be without this one. */
const REMINDER = 'platform/checked-only';

function others(findings: readonly Finding[], { code }: Fixture): Finding[] {
  return findings.filter((finding) => ![code, REMINDER].includes(finding.code));
}

const byName = (chosen: readonly Fixture[]): [string, Fixture][] => chosen.map((fixture) => [fixture.name, fixture]);

describe('the table of rules', () => {
  test('has each code once', () => {
    expect(new Set(rules.map(({ code }) => code)).size).toBe(rules.length);
  });

  test.each(rules.map((rule) => [rule.code, rule] as const))('%s is written as the others', (code, rule) => {
    expect(code).toMatch(/^[a-z-]+\/[a-z0-9-]+$/);
    expect(rule.summary).toMatch(/^[A-Z].*[^.]\.$|^pods\.network .*\.$/);
    expect(rule.remedy).toMatch(/[^.]$/);
  });

  test('has a valid and an invalid fixture for each rule, and no fixture is without a rule', () => {
    const codes = rules.map(({ code }) => code).sort();
    for (const kind of [valid, invalid]) expect([...new Set(kind.map(({ code }) => code))].sort()).toEqual(codes);
  });

  test('has a valid fixture beside each invalid one', () => {
    expect(valid.map(({ name }) => name).sort()).toEqual(invalid.map(({ name }) => name).sort());
  });
});

describe('an invalid fixture breaks its rule, at the place, and no other', () => {
  test.each(byName(invalid))('%s', (_, fixture) => {
    const { line, column, problem } = expectedOf(fixture);
    const { network, findings } = check(fixture);
    const own = findings.filter(({ code }) => code === fixture.code);
    expect(own.map((finding) => [finding.place.line, finding.place.column])).toEqual([[line, column]]);
    expect(own[0]?.problem).toContain(problem);
    expect(others(findings, fixture)).toEqual([]);
    expect(network === undefined).toBe(findings.some(({ severity }) => severity === 'error'));
  });
});

describe('a valid fixture breaks no rule', () => {
  test.each(byName(valid))('%s', (_, fixture) => {
    const { network, findings } = check(fixture);
    expect(others(findings, fixture)).toEqual([]);
    expect(findings.filter(({ code }) => code === fixture.code)).toEqual([]);
    expect(network).toBeDefined();
  });
});

describe('every finding reads as one', () => {
  const findings = invalid.flatMap((fixture) => check(fixture).findings);

  test.each(findings.map((finding) => [finding.code, finding] as const))('%s', (_, { problem, remedy }) => {
    expect(problem).toMatch(/[^.\s]$/);
    expect(remedy).toMatch(/[^.\s]$/);
    expect(`${problem} ${remedy}`).not.toMatch(/undefined|NaN|\[object|Infinity/);
  });
});
