/** Rules about a network that the cluster has already (pods.mode existing): what flatlan adds to it, and what it leaves alone. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { cnis, type CniTraits } from '../../platforms/cnis/index.ts';
import type { Violation } from './rule.ts';

function isExisting({ plan }: CheckedPlan): boolean {
  return plan.pods?.mode === 'existing';
}

/** Attachments are what it adds. */
export function* existingAlone(checked: CheckedPlan): Iterable<Violation> {
  const { plan, names } = checked;
  if (!isExisting(checked) || names.attachments === undefined || names.attachments.size > 0) return;
  if (entries(plan.attachments).length > 0) return;
  yield {
    at: ['pods', 'mode'],
    problem: 'the cluster keeps its network, and the plan has no attachments: there is nothing to add to it',
  };
}

/** A plugin that comes with a distribution is in no other. */
export function* existingDistribution(checked: CheckedPlan): Iterable<Violation> {
  const { cni } = checked.plan.pods ?? {};
  const distribution = checked.plan.kubernetes?.distribution;
  if (!isExisting(checked) || typeof cni !== 'string' || distribution === undefined) return;
  const traits: CniTraits = cnis[cni];
  if (traits.distribution === undefined || traits.distribution === distribution) return;
  yield {
    at: ['pods', 'cni'],
    problem: `${cni} is the network that ${traits.distribution} itself brings, but the distribution is ${distribution}`,
    remedy: `write the network plugin that runs on ${distribution}${distribution === 'rke2' ? ' (canal, unless another was chosen)' : ''}, or correct kubernetes.distribution`,
  };
}
