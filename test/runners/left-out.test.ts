import { describe, expect, test } from '@jest/globals';
import { LEFT_OUT, leftOut } from './left-out.mjs';

describe('what test:fast leaves out', () => {
  test('is counted by folder and kind, with the command for each', () => {
    const files = ['names-of-tests.test.ts', 'whole.live.test.ts', 'cli/check.live.test.ts', 'cli/synth.live.test.ts'];
    expect(leftOut([...files, 'plan/texts.slow.test.ts', 'plan/keys.test.ts', 'cli/flatlan.ts'])).toEqual([
      'left out; npm test runs all of it:',
      '  types, lint, format     npm run typecheck; npm run lint; npx prettier --check .',
      "  test/plan, 1 slow file  npm test -- 'test/plan/[^/]*slow'",
      "  test, 1 live file       npm test -- 'test/[^/]*live'",
      "  test/cli, 2 live files  npm test -- 'test/cli/[^/]*live'",
      '  Go (cni/)               node test/run.js --go',
    ]);
  });

  test.each([
    ['test/cli/check.live.test.ts', true],
    ['test/plan/texts.slow.test.ts', true],
    ['test/flux/manifests.test.ts', false],
    ['test/live/slow.test.ts', false],
  ])('%s: %s', (path, out) => {
    expect(LEFT_OUT.test(path)).toBe(out);
  });
});
