/** What a value's own parser says when it refuses; issues.ts makes it a problem with the code of a rule. */
import type { z } from 'zod';

export interface Refusal {
  /** The code of the rule that the value breaks. */
  readonly rule: string;
  /** The rule's own where absent. */
  readonly remedy?: string | undefined;
}

export function refuse(ctx: z.core.$RefinementCtx, message: string, refusal: Refusal): void {
  ctx.addIssue({ code: 'custom', message, params: refusal });
}
