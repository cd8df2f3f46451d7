/** The applications. As in index.ts: a contradiction here is a defect of the rules and throws. */
import type { Address } from '../../address/index.ts';
import { named } from '../must.ts';
import { tolerated } from './control-planes.ts';
import type { Apps, Attachment, Balanced, LoadBalancerPool, Node, Site } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';
import { DEFAULT_VOLUME_SIZE } from '../schema/workloads.ts';

export function resolveApps(
  plan: Plan,
  nodes: readonly Node[],
  sites: readonly Site[],
  attachments: readonly Attachment[],
  pools: readonly LoadBalancerPool[],
): Apps {
  const written = plan.apps['home-assistant'];
  if (!written) return { homeAssistant: undefined };
  const { namespace, mac, addresses, loadBalancerIP, timeZone, storage } = written;
  const chosen = written.attachments.map((name) => named(attachments, name, 'attachment'));
  return {
    homeAssistant: {
      namespace,
      attachments: chosen,
      mac,
      addresses,
      timeZone,
      tolerated: tolerated(
        nodes.filter(({ taints }) => taints.length === 0),
        plan.kubernetes.distribution,
      ),
      storage: {
        size: storage?.size ?? DEFAULT_VOLUME_SIZE,
        class: storage?.class,
        otherOwner: storage?.otherOwner ?? false,
      },
      balanced: balanced(loadBalancerIP, pools, routersOf(chosen, sites)),
    },
  };
}

/** The routers of the nodes that have these attachments. */
function routersOf(attachments: readonly Attachment[], sites: readonly Site[]): ReadonlySet<string> {
  const mayRun = (node: string): boolean =>
    attachments.every(({ nodes }) => nodes === undefined || nodes.includes(node));
  return new Set(sites.filter(({ nodes }) => nodes.some(mayRun)).map(({ router }) => router));
}

/**
 * A pool of one site is announced there and nowhere else, so a Service with policy Local answers only where its pods run at
 * that site. Pods that may run at several get policy Cluster: their address is at one site, and passes on.
 *
 * `routers`: those of the nodes that its pods may run on.
 */
function balanced(
  address: Address | undefined,
  pools: readonly LoadBalancerPool[],
  routers: ReadonlySet<string>,
): Balanced | undefined {
  const [first, ...others] = pools;
  if (!first) return undefined;
  const near = pools.filter(({ router }) => router === undefined || (routers.size === 1 && routers.has(router)));
  if (address) {
    const own = pools.find(({ addresses }) => addresses.contains(address));
    if (!own) throw new Error(`no load balancer pool contains ${String(address)}`);
    return { address, pool: undefined, local: near.includes(own) };
  }
  if (others.length === 0 && first.router === undefined) return { address, pool: undefined, local: true };
  const [chosen] = near.toSorted((a, b) => Number(b.autoAssign) - Number(a.autoAssign));
  if (chosen) return { address, pool: chosen.name, local: true };
  return { address, pool: pools.some(({ autoAssign }) => autoAssign) ? undefined : first.name, local: false };
}
