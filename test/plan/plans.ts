/** The five plans, and what is said about texts that differ from them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Finding } from '../../cdk8s/plan/finding.ts';

const NAMES = ['dumb-l2', 'flat-bgp', 'hybrid', 'multi-site', 'same-subnet'] as const;

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/plans', `${name}.yaml`), 'utf8');
}

export const plans: readonly (readonly [name: string, text: string])[] = NAMES.map((name) => [name, read(name)]);
export const flatBgp = read('flat-bgp');
export const hybrid = read('hybrid');
export const dumbL2 = read('dumb-l2');

/** Throws where the text does not hold `from`, so that no test checks what it did not change. */
export function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the text has no ${from}`);
  return text.replace(from, () => to);
}

/** Says that a mode is not generated yet: unavoidable for a plan of that mode. */
const UNAVOIDABLE = 'platform/not-generated';

export function errorsOf(text: string): Finding[] {
  return checkPlan(text, 'plan.yaml').findings.filter(
    ({ severity, code }) => severity === 'error' && code !== UNAVOIDABLE,
  );
}

/** Errors as `line:column code: problem -> remedy`. */
export function said(text: string): string[] {
  return errorsOf(text).map(
    ({ place, code, problem, remedy }) => `${place.line}:${place.column} ${code}: ${problem} -> ${remedy}`,
  );
}

/** Errors as `line:column code`. */
export function placed(text: string): string[] {
  return errorsOf(text).map(({ place, code }) => `${place.line}:${place.column} ${code}`);
}
