/** Texts of lines and words that a careless expression would read again from each of their characters. */
import { expect, test } from '@jest/globals';
import { checkPlan } from '../../cdk8s/plan/check.ts';

/** Of processor time, in microseconds: the least of three, since other tests run beside this one. */
function cost(text: string): number {
  const costs = [1, 2, 3].map(() => {
    const start = process.cpuUsage();
    checkPlan(text, 'plan.yaml');
    const { user, system } = process.cpuUsage(start);
    return user + system;
  });
  return Math.min(...costs);
}

test.each([
  ['blank lines after the plan', (n: number) => `a: 1\n---\n${'\n'.repeat(n)}`],
  ['carriage returns', (n: number) => `a: 1\n---\n${'\r'.repeat(n)}`],
  ['braces in a flow map', (n: number) => `a: {b: ${'x{'.repeat(n / 2)}`],
  ['a long word in a flow map', (n: number) => `a: {b: c }${'x.'.repeat(n / 2)} }`],
  ['blanks in a line', (n: number) => `a: b:${' '.repeat(n)}x`],
])('twice the text takes less than three times as long: %s', (_, text) => {
  const [once, twice] = [cost(text(100_000)), cost(text(200_000))];
  // What any text costs, and the noise of the clock.
  expect(twice).toBeLessThan(3 * once + 50_000);
});
