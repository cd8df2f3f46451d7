/** Rules about platforms: Talos. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';

function* talos({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const distribution = plan.kubernetes?.distribution;
  if (distribution === undefined) return;
  for (const [node, { os }] of entries(plan.nodes)) {
    const at = ['nodes', node, 'os'];
    if (os === undefined || incomplete(at) || (os === 'talos') === (distribution === 'talos')) continue;
    yield os === 'talos'
      ? {
          at,
          problem: `node ${node} runs Talos, which includes its own Kubernetes, but the distribution is ${distribution}`,
          remedy: 'write distribution: talos, or the os of the node',
        }
      : {
          at,
          problem: `node ${node} has os ${os}, but distribution talos is an operating system of its own`,
          remedy: 'write os: talos, or the distribution of the cluster',
        };
  }
}

export const platformRules: readonly Rule[] = [
  {
    code: 'platform/talos',
    severity: 'error',
    summary: 'With distribution talos every node has os talos, and with any other distribution none has.',
    remedy: 'change os of the nodes or distribution so that they match',
    check: talos,
  },
];
