/** What the parser of a value reports when it rejects the value; issues.ts turns it into a problem with a rule's code. */
import type * as z from 'zod';

export interface Refusal {
  /** The code of the rule that the value breaks. */
  readonly rule: string;
  /** The rule's own where absent. */
  readonly remedy?: string | undefined;
}

export function refuse(ctx: z.core.$RefinementCtx, message: string, refusal: Refusal): void {
  ctx.addIssue({ code: 'custom', message, params: refusal });
}
