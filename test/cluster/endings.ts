/** What the set-up of tests starts, ended after them in reverse order, however far the set-up came. */
import { afterAll } from '@jest/globals';

type End = () => unknown;

/** To be called where tests are described; what it gives takes an end right after each beginning. */
export function atTheEnd(): (end: End) => void {
  const ends: End[] = [];
  afterAll(async () => {
    const failures: unknown[] = [];
    for (const end of ends.reverse())
      try {
        await end();
      } catch (failure) {
        failures.push(failure);
      }
    if (failures.length > 0)
      throw failures.length === 1 ? failures[0] : new AggregateError(failures, failures.join('\n'));
  });
  return (end) => {
    ends.push(end);
  };
}
