/** The STEPS.md of a plan's text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import type { Network } from '../../cdk8s/plan/network.ts';
import { stepsFile } from '../../cdk8s/steps/index.ts';

const root = join(import.meta.dirname, '../..');

export function planText(name: string): string {
  return readFileSync(join(root, 'test/fixtures/plans', `${name}.yaml`), 'utf8');
}

/** What is committed, and was read as a product. */
export function committed(cluster: string): string {
  return readFileSync(join(root, 'overlays', cluster, 'generated/STEPS.md'), 'utf8');
}

export function resolved(text: string): Network {
  const { network, findings } = checkPlan(text, 'plan.yaml');
  if (!network) throw new Error(findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n'));
  return network;
}

export function stepsOf(text: string): string {
  return stepsFile(resolved(text)).content;
}

/** From one heading to the next. */
export function section(steps: string, title: string): string {
  const found = steps
    .split(/^(?=## )/m)
    .find((part) => part.startsWith('## ') && part.slice(0, part.indexOf('\n')).includes(title));
  if (found === undefined) throw new Error(`no step is called ${title}`);
  return found;
}
