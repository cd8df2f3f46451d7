/**
 * The type of a rule. There are two kinds of rules in one table (rules/index.ts) and one reference (docs/rules.md): rules
 * of a single value are reported by the parser (`schema.ts` has their codes), rules of the whole plan have `check`.
 */
import type { Path, Severity } from '../finding.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';

export interface Violation {
  /** The value to change. */
  readonly at: Path;
  /** What is wrong, with the values of the plan, as a sentence without its full stop. */
  readonly problem: string;
  /** What to do here; the rule's own remedy when absent. */
  readonly remedy?: string;
}

export interface Rule {
  /** `family/name`; stable, never reused. */
  readonly code: string;
  readonly severity: Severity;
  /** What must hold, in one sentence. */
  readonly summary: string;
  /** What to do when it does not. */
  readonly remedy: string;
  /** It finds names of nothing, or more than can be compared: to the other rules that is a value that could not be read. */
  readonly first?: true;
  /** Absent for a rule of a single value, which the parser reports. */
  readonly check?: (plan: CheckedPlan) => Iterable<Violation>;
}
