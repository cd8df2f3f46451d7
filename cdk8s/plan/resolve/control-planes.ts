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

/** Whether pods may land on a node: where no node is a worker they land on all of them, as the rules take it too. */
function takesPods({ roles }: Roles, nodes: readonly Roles[]): boolean {
  return roles.includes('worker') || nodes.every((one) => !one.roles.includes('worker'));
}

/** Those that stay on a node. */
export function taintsOf(node: Roles, nodes: readonly Roles[], distribution: Distribution): readonly Taint[] {
  return node.roles.includes('control-plane') && !takesPods(node, nodes) ? taints(distribution) : [];
}

/** Whether the distribution must be told that pods may land on this control plane: it would taint it. */
export function isUntainted(node: Roles, nodes: readonly Roles[], distribution: Distribution): boolean {
  return node.roles.includes('control-plane') && takesPods(node, nodes) && taints(distribution).length > 0;
}

/**
 * What pods bear that may run beside the control plane, or on nodes that are both: also where the taint is to go, since a
 * cluster may still have it from before.
 */
export function tolerated(nodes: readonly Roles[], distribution: Distribution): readonly Taint[] {
  return nodes.some(({ roles }) => roles.includes('control-plane')) ? taints(distribution) : [];
}
