/** What a plan may say and this release does not generate yet. */
import { entries, type CheckedPlan } from '../checked-plan.ts';
import type { Rule, Violation } from '../rule.ts';

function* notGenerated({ plan }: CheckedPlan): Iterable<Violation> {
  const mode = plan.pods?.mode;
  if (mode !== undefined && mode !== 'routed')
    yield {
      at: ['pods', 'mode'],
      problem: `this release generates routed pods only; ${mode} pods are checked, no more`,
    };
}

function* checkedOnly({ plan }: CheckedPlan): Iterable<Violation> {
  const attachments = entries(plan.attachments).map(([name]) => name);
  if (attachments.length > 0)
    yield {
      at: ['attachments'],
      problem: `this release generates nothing for attachments (${attachments.join(', ')})`,
    };
  const apps = entries(plan.apps).map(([name]) => name);
  if (apps.length > 0) yield { at: ['apps'], problem: `this release generates nothing for apps (${apps.join(', ')})` };
}

export const platformRules: readonly Rule[] = [
  {
    code: 'platform/not-generated',
    severity: 'error',
    summary: 'Pods are routed: the other modes are checked, and nothing is generated for them yet.',
    remedy: 'write mode: routed, or wait for the release that generates this mode',
    check: notGenerated,
  },
  {
    code: 'platform/checked-only',
    severity: 'warning',
    summary: 'Attachments and apps are checked, and nothing is generated for them yet.',
    remedy: 'leave it as it stands: the rest of the plan works without, and this comes with the hybrid system',
    check: checkedOnly,
  },
];
