/** What a plan may say and this release does not generate yet. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';

function* notGenerated({ plan }: CheckedPlan): Iterable<Violation> {
  const mode = plan.pods?.mode;
  if (mode !== undefined && mode !== 'routed')
    yield {
      at: ['pods', 'mode'],
      problem: `this release generates routed pods only; ${mode} pods are checked, no more`,
    };
}

function* talos({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const distribution = plan.kubernetes?.distribution;
  if (distribution === undefined) return;
  for (const [node, { os }] of entries(plan.nodes)) {
    const at = ['nodes', node, 'os'];
    if (os === undefined || incomplete(at) || (os === 'talos') === (distribution === 'talos')) continue;
    yield os === 'talos'
      ? {
          at,
          problem: `node ${node} runs Talos, which brings its own Kubernetes, and the distribution is ${distribution}`,
          remedy: 'write distribution: talos, or the os that the node has',
        }
      : {
          at,
          problem: `node ${node} has os ${os}, and distribution talos is an operating system of its own`,
          remedy: 'write os: talos, or the distribution that the cluster has',
        };
  }
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
    code: 'platform/talos',
    severity: 'error',
    summary: 'Every node has os talos where the distribution is talos, and none elsewhere.',
    remedy: 'let os of the nodes and distribution agree',
    check: talos,
  },
];
