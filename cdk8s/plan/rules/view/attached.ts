/** Which workloads get addresses through attachments: the plan's apps, and the workloads that the plan announces. */
import type { Address, Mac } from '../../../address/index.ts';
import { entries, type CheckedPlan, type ReadableNode } from '../../read/checked-plan.ts';
import type { Path } from '../../finding.ts';
import { once } from '../../once.ts';

export interface Attached {
  /** `home-assistant`: its name in messages. */
  readonly name: string;
  readonly attachment: string;
  readonly kind: 'Deployment' | 'StatefulSet' | 'DaemonSet';
  readonly replicas: number;
  /** Extra pods during an update. */
  readonly surge: number;
  readonly mac: Mac | undefined;
  /** Static. */
  readonly address: Address | undefined;
  readonly path: Path;
}

/** Kubernetes, Deployment spec.strategy.rollingUpdate.maxSurge: 25 % by default, rounded up. */
const DEFAULT_SURGE = 0.25;

export const attachedOf = once(({ plan, incomplete }: CheckedPlan): readonly Attached[] => {
  const found: Attached[] = [];
  const app = plan.apps?.['home-assistant'];
  for (const attachment of new Set(app?.attachments ?? []))
    found.push({
      name: 'home-assistant',
      attachment,
      kind: 'Deployment',
      replicas: 1,
      // Its chart has the strategy Recreate, because two pods would write to one volume.
      surge: 0,
      mac: app?.mac,
      address: app?.addresses?.[attachment],
      path: ['apps', 'home-assistant'],
    });
  for (const [attachment, { workloads }] of entries(plan.attachments))
    for (const [name, { kind, replicas, surge, mac, address }] of entries(workloads)) {
      const path = ['attachments', attachment, 'workloads', name];
      // Its pods can be counted only if all of its values could be read.
      if (kind === undefined || replicas === undefined || incomplete(path)) continue;
      const usual = kind === 'Deployment' && !mac && !address ? Math.ceil(replicas * DEFAULT_SURGE) : 0;
      found.push({ name, attachment, kind, replicas, surge: surge ?? usual, mac, address, path });
    }
  return found;
});

export interface StaticPod {
  /** `home-assistant`: its name in messages. */
  readonly name: string;
  readonly attachment: string;
  readonly address: Address;
  readonly addressPath: Path;
}

/** The static addresses of the plan's apps and workloads, whatever else of them could be read. */
export const staticPods = once(({ plan }: CheckedPlan): readonly StaticPod[] => {
  const app = entries(plan.apps?.['home-assistant']?.addresses).map(([attachment, address]) => ({
    name: 'home-assistant',
    attachment,
    address,
    addressPath: ['apps', 'home-assistant', 'addresses', attachment],
  }));
  const workloads = entries(plan.attachments).flatMap(([attachment, { workloads }]) =>
    entries(workloads).flatMap(([name, { address }]) =>
      address
        ? [{ name, attachment, address, addressPath: ['attachments', attachment, 'workloads', name, 'address'] }]
        : [],
    ),
  );
  return [...app, ...workloads];
});

/**
 * The nodes that run workloads: those with the role worker, or all nodes if none has it. Undefined if the roles of a node
 * could not be read.
 */
export function workersOf({ plan, incomplete }: CheckedPlan): readonly (readonly [string, ReadableNode])[] | undefined {
  const nodes = entries(plan.nodes);
  if (incomplete(['nodes']) && nodes.some(([name]) => incomplete(['nodes', name, 'roles']))) return undefined;
  const workers = nodes.filter(([, { roles }]) => roles?.includes('worker'));
  return workers.length > 0 ? workers : nodes;
}
