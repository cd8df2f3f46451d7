/**
 * Pages that are generated from the code they describe: `npm run docs` writes them, tests compare them.
 * Depends on plan/ alone.
 */
import { planReference } from './plan.ts';
import { rulesReference } from './rules.ts';

/** Path to content. */
export function pages(): Record<string, string> {
  return { 'docs/plan.md': planReference(), 'docs/rules.md': rulesReference() };
}
