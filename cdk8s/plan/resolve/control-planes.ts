/**
 * The taint by which a distribution keeps pods off its control planes, and the nodes that keep it. A node that is a worker
 * too must lose it, or the pods of a cluster of one node find no place.
 */
import { distributions } from '../../platforms/distributions/index.ts';
import { CONTROL_PLANE } from '../../platforms/kubernetes.ts';
import type { Distribution, Role, Taint } from '../network/index.ts';

/** The same in every distribution that taints at all. */
function taints(distribution: Distribution): readonly Taint[] {
  return distributions[distribution].untaint === undefined ? [] : [{ key: CONTROL_PLANE, effect: 'NoSchedule' }];
}

interface Roles {
  readonly roles: readonly Role[];
}

export interface Tainted {
  /** Those that stay on the node. */
  readonly taints: readonly Taint[];
  /** Whether the distribution must be told that pods may land on this control plane: it would taint it. */
  readonly untainted: boolean;
}

/** What is true of each node of a plan. Where no node is a worker, pods land on all of them, as the rules take it too. */
export function tainting(nodes: readonly Roles[], distribution: Distribution): (node: Roles) => Tainted {
  const own = taints(distribution);
  const noWorker = nodes.every(({ roles }) => !roles.includes('worker'));
  return ({ roles }) => {
    const takesPods = noWorker || roles.includes('worker');
    if (!roles.includes('control-plane')) return { taints: [], untainted: false };
    return takesPods ? { taints: [], untainted: own.length > 0 } : { taints: own, untainted: false };
  };
}

/**
 * The taints that pods tolerate if they may run on control planes. Included even if the plan removes the taint, since the
 * cluster's nodes may still have it.
 */
export function tolerated(nodes: readonly Roles[], distribution: Distribution): readonly Taint[] {
  return nodes.some(({ roles }) => roles.includes('control-plane')) ? taints(distribution) : [];
}
