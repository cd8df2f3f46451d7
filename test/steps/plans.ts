/** The STEPS.md of a plan's text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { networkOf } from '../plans/fixtures.ts';

const root = join(import.meta.dirname, '../..');

/** What is committed, and was read as a product. */
export function committed(cluster: string): string {
  return readFileSync(join(root, 'overlays', cluster, 'generated/STEPS.md'), 'utf8');
}

export function stepsOf(text: string): string {
  return stepsText(networkOf(text));
}

/** From one heading to the next. */
export function section(steps: string, title: string): string {
  const found = steps
    .split(/^(?=## )/m)
    .find((part) => part.startsWith('## ') && part.slice(0, part.indexOf('\n')).includes(title));
  if (found === undefined) throw new Error(`no step is called ${title}`);
  return found;
}
