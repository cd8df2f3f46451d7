/**
 * The shape of a rule. Rules come in two sorts that share one table (rules/index.ts) and one reference (docs/rules.md):
 * those of a single value are raised by the parser (`schema.ts` names their code), those over the whole plan carry `check`.
 */
import type { Path, Severity } from '../finding.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';

export interface Violation {
  /** The value to change. */
  readonly at: Path;
  /** What is wrong here, with the values at hand, as a sentence without its full stop. */
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
  /** Absent for a rule of a single value, which the parser raises. */
  readonly check?: (plan: CheckedPlan) => Iterable<Violation>;
}
