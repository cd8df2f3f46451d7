/**
 * Tests that run real programs, and what becomes of them where a program is not built, or something else lacks: skipped
 * with the reason in the title on a developer's machine, failed in CI.
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

/** What these tools lack, as a reason; undefined when all are there. */
export function lackOfTools(names: readonly ToolName[], env: NodeJS.ProcessEnv = process.env): string | undefined {
  const missing = missingTools(names, env);
  return missing.length === 0 ? undefined : `${missing.join(', ')} not built; ${remedy}`;
}

/** What describeUnless does about a lack; apart from it so that it can be tested. */
export function planFor(
  lack: string | undefined,
  title: string,
  env: NodeJS.ProcessEnv = process.env,
): { action: 'run' | 'skip' | 'fail'; title: string } {
  if (lack === undefined) return { action: 'run', title };
  if (env.CI === 'true') return { action: 'fail', title };
  return { action: 'skip', title: `${title} (skipped: ${lack})` };
}

/** Tests that this machine may lack something for: the reason, with what to do about it. */
export function describeUnless(lack: string | undefined, title: string, body: () => void): void {
  const plan = planFor(lack, title);
  switch (plan.action) {
    case 'run':
      describe(plan.title, body);
      return;
    case 'skip':
      describe.skip(plan.title, body);
      return;
    case 'fail':
      describe(plan.title, () => {
        test('has what it needs', () => {
          throw new Error(lack);
        });
      });
  }
}

export function describeWith(needs: readonly ToolName[], title: string, body: () => void): void {
  describeUnless(lackOfTools(needs), title, body);
}
