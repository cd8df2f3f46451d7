/** The five plans, and what is said about texts that differ from them. */
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Finding } from '../../cdk8s/plan/finding.ts';
import { planText } from '../plans/fixtures.ts';

const NAMES = ['dumb-l2', 'flat-bgp', 'hybrid', 'multi-site', 'same-subnet'] as const;

export const plans: readonly (readonly [name: string, text: string])[] = NAMES.map((name) => [name, planText(name)]);
export const flatBgp = planText('flat-bgp');
export const hybrid = planText('hybrid');
export const dumbL2 = planText('dumb-l2');

export function errorsOf(text: string): Finding[] {
  return checkPlan(text, 'plan.yaml').findings.filter(({ severity }) => severity === 'error');
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
