/** The plans of test/fixtures/plans, as text and as networks. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { isCalico, type CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';

const fixtures = join(import.meta.dirname, '..', 'fixtures', 'plans');

export function planText(name: string): string {
  return readFileSync(join(fixtures, `${name}.yaml`), 'utf8');
}

/** Throws where the text does not hold `from`, so that no test checks what it did not change. */
export function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the text has no ${from}`);
  return text.replace(from, () => to);
}

export function planNetwork(name: string): CalicoNetwork {
  return networkOf(planText(name), name);
}

/** The same with a piece of its text replaced, once; throws when the plan does not hold it. */
export function planWith(name: string, from: string, to: string): CalicoNetwork {
  return networkOf(changed(planText(name), from, to), name);
}

/** The network of a plan with Calico that has no errors. */
export function networkOf(text: string, name = 'plan.yaml'): CalicoNetwork {
  const network = anyNetworkOf(text, name);
  if (!isCalico(network)) throw new Error(`${name} has no Calico`);
  return network;
}

/** The network of a plan of any mode that has no errors. */
export function anyNetworkOf(text: string, name = 'plan.yaml'): Network {
  const { network, findings } = checkPlan(text, name);
  if (!network)
    throw new Error(`${name} has errors:\n${findings.map(({ code, problem }) => `${code}: ${problem}`).join('\n')}`);
  return network;
}
