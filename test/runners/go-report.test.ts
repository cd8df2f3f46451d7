import { describe, expect, test } from '@jest/globals';
import { type GoEvent, GoReport } from './go-report.mjs';

function summary(...events: readonly (GoEvent | string)[]) {
  const report = new GoReport();
  for (const event of events) report.add(typeof event === 'string' ? event : JSON.stringify(event));
  return report.summary();
}

const ended = (Test: string, Action: string): GoEvent => ({ Action, Package: 'p', Test });
const said = (Test: string, Output: string): GoEvent => ({ Action: 'output', Package: 'p', Test, Output });

describe('counting a Go report', () => {
  test('subtests count, their parents do not', () => {
    const counted = summary(
      ended('TestA', 'run'),
      ended('TestA/x', 'pass'),
      ended('TestA/y', 'pass'),
      ended('TestA', 'pass'),
      ended('TestB', 'pass'),
      { Action: 'pass', Package: 'p' },
    );
    expect(counted).toMatchObject({ passed: 3, failed: 0, skipped: 0, notes: [], failures: [] });
  });

  test('a name that only begins like another is no parent of it', () => {
    expect(summary(ended('TestA', 'pass'), ended('TestAB', 'pass')).passed).toBe(2);
  });

  test('a failed subtest counts once, with what it printed', () => {
    const counted = summary(
      said('TestA/x', '    a_test.go:3: no route\n'),
      ended('TestA/x', 'fail'),
      ended('TestA/y', 'pass'),
      ended('TestA', 'fail'),
      { Action: 'fail', Package: 'p' },
    );
    expect(counted).toMatchObject({ passed: 1, failed: 1 });
    expect(counted.failures).toEqual(['--- p TestA/x\n    a_test.go:3: no route\n']);
  });

  test('a parent that fails on its own counts', () => {
    expect(summary(ended('TestA/x', 'pass'), ended('TestA', 'fail'))).toMatchObject({ passed: 1, failed: 1 });
  });

  test('a package that cannot be built is one failure, with the compiler’s words', () => {
    const counted = summary(
      { Action: 'build-output', ImportPath: 'p [p.test]', Output: 'p.go:1: undefined: x\n' },
      { Action: 'build-fail', ImportPath: 'p [p.test]' },
      { Action: 'fail', Package: 'p', FailedBuild: 'p [p.test]' },
    );
    expect(counted).toMatchObject({ passed: 0, failed: 1 });
    expect(counted.failures).toEqual(['--- p\np.go:1: undefined: x\n']);
  });

  test('a test that was running when the process died is a failure', () => {
    expect(summary(ended('TestA', 'run'), { Action: 'fail', Package: 'p' })).toMatchObject({ failed: 1 });
  });

  test('a package that ends badly though its tests pass is a failure', () => {
    const counted = summary(
      ended('TestA', 'pass'),
      { Action: 'output', Package: 'p', Output: 'panic in TestMain\n' },
      { Action: 'fail', Package: 'p' },
    );
    expect(counted).toMatchObject({ passed: 1, failed: 1, failures: ['--- p\npanic in TestMain\n'] });
  });

  test('skips give their reason once', () => {
    const counted = summary(
      ...['TestA', 'TestB'].flatMap((name) => [
        said(name, `    env.go:9: needs root; run as root\n`),
        said(name, `--- SKIP: ${name} (0.00s)\n`),
        ended(name, 'skip'),
      ]),
      ended('TestC', 'skip'),
    );
    expect(counted).toMatchObject({
      skipped: 3,
      notes: ['(skipped: needs root; run as root)', 'p TestC (skipped without a reason)'],
    });
  });

  test('what is no event is shown', () => {
    expect(summary('go: cannot find main module').failures).toEqual(['go: cannot find main module']);
  });
});
