/**
 * Tests that run real programs, and what becomes of them where a program is not built: skipped with the reason in the
 * title on a developer's machine, failed in CI.
 */
import { describe, test } from '@jest/globals';
import { toolNamed, toolState } from '../../tools/cache.mjs';

/** A name in tools/manifest.mjs; others throw. */
export type ToolName = string;

const remedy = 'run npm run test:setup';

/** Path of the program in the cache. */
export function findTool(name: ToolName, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { program, present } = toolState(toolNamed(name), env);
  return present ? program : undefined;
}

/** The version that the tool's folder pins, for instance `v1.36.3`. */
export function pinnedVersion(name: ToolName): string | undefined {
  return toolState(toolNamed(name)).version;
}

/** As findTool, for callers behind describeWith. */
export function requireTool(name: ToolName): string {
  const program = findTool(name);
  if (program === undefined) throw new Error(`${name} is not built; ${remedy}`);
  return program;
}

export function missingTools(names: readonly ToolName[], env: NodeJS.ProcessEnv = process.env): ToolName[] {
  return names.filter((name) => findTool(name, env) === undefined);
}

/** What describeWith does for these needs; apart from it so that it can be tested. */
export function planFor(
  needs: readonly ToolName[],
  title: string,
  env: NodeJS.ProcessEnv = process.env,
): { action: 'run' | 'skip' | 'fail'; title: string; reason: string } {
  const missing = missingTools(needs, env);
  const reason = `${missing.join(', ')} not built; ${remedy}`;
  if (missing.length === 0) return { action: 'run', title, reason: '' };
  if (env.CI === 'true') return { action: 'fail', title, reason };
  return { action: 'skip', title: `${title} (skipped: ${reason})`, reason };
}

export function describeWith(needs: readonly ToolName[], title: string, body: () => void): void {
  const plan = planFor(needs, title);
  switch (plan.action) {
    case 'run':
      describe(plan.title, body);
      return;
    case 'skip':
      describe.skip(plan.title, body);
      return;
    case 'fail':
      describe(plan.title, () => {
        test('has the programs it needs', () => {
          throw new Error(plan.reason);
        });
      });
  }
}
