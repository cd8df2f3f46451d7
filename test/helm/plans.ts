/** Networks that Helm tests are about, and values made from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Network } from '../../cdk8s/plan/network.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'plans');

/** The network of a plan of test/fixtures/plans. */
export function fixtureNetwork(name: string): Network {
  return networkOf(readFileSync(join(fixtures, `${name}.yaml`), 'utf8'), name);
}

/** The network of a plan that has no errors. */
export function networkOf(text: string, name = 'plan.yaml'): Network {
  const { network, findings } = checkPlan(text, name);
  if (!network)
    throw new Error(`${name} has errors:\n${findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n')}`);
  return network;
}

type Tree = Record<string | number, unknown>;

/** A copy of a tree with another value at a path; undefined takes it out. */
export function withValue(base: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(base) as Tree;
  let at = copy;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Tree;
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return copy;
}
