/**
 * Attachments to the LAN, and the applications that take them. As in resolve.ts: a contradiction here is a defect of the
 * rules and throws.
 */
import { tolerated } from './control-planes.ts';
import type { Apps, Attachment, Balanced, LoadBalancerPool, Node, Pods, Site } from './network.ts';
import type { Plan } from './schema/index.ts';
import { DEFAULT_VOLUME_SIZE } from './schema/workloads.ts';

export function resolveAttachments(plan: Plan, pods: Pods, pools: readonly LoadBalancerPool[]): Attachment[] {
  // In the order of how often a pod talks to them: routes are looked up by length, so it is for people only.
  const clusterSubnets = [pods.subnet, plan.kubernetes.services, ...pools.map((pool) => pool.subnet)];
  return Object.entries(plan.attachments).map(([name, { namespace, namespaces, network }]) => {
    const { subnet, mtu } = of(plan.networks, network, 'network');
    return {
      name,
      namespace,
      namespaces: [...new Set([namespace, ...namespaces])],
      ...bridged(plan, network),
      subnet,
      // Not gatewayMtu: a smaller interface would take the whole bridge down to its MTU (net/bridge/br_if.c, br_mtu_auto_adjust).
      mtu,
      clusterSubnets,
    };
  });
}

/** The bridge by which nodes are on a network; one name on all of them, since one definition serves every node. */
function bridged(plan: Plan, network: string): Pick<Attachment, 'bridge' | 'nodes'> {
  const found = Object.entries(plan.nodes).flatMap(([node, { interfaces }]) =>
    Object.values(interfaces).flatMap((one) =>
      one.network === network && one.bridge !== undefined ? [{ node, bridge: one.bridge }] : [],
    ),
  );
  const [bridge, ...others] = new Set(found.map((one) => one.bridge));
  if (bridge === undefined) throw new Error(`no node has a bridge on network ${network}`);
  if (others.length > 0)
    throw new Error(`nodes call their bridge on network ${network} ${bridge} and ${others[0] ?? ''}`);
  const nodes = [...new Set(found.map((one) => one.node))];
  return { bridge, nodes: nodes.length === Object.keys(plan.nodes).length ? undefined : nodes };
}

export function resolveApps(
  plan: Plan,
  nodes: readonly Node[],
  sites: readonly Site[],
  attachments: readonly Attachment[],
  pools: readonly LoadBalancerPool[],
): Apps {
  const written = plan.apps['home-assistant'];
  if (!written) return { homeAssistant: undefined };
  const { namespace, mac, timeZone, storage } = written;
  const chosen = written.attachments.map((name) => {
    const attachment = attachments.find((one) => one.name === name);
    if (!attachment) throw new Error(`there is no attachment ${name}`);
    return attachment;
  });
  return {
    homeAssistant: {
      namespace,
      attachments: chosen,
      mac,
      timeZone,
      tolerated: tolerated(
        nodes.filter(({ taints }) => taints.length === 0),
        plan.kubernetes.distribution,
      ),
      storage: { size: storage?.size ?? DEFAULT_VOLUME_SIZE, class: storage?.class },
      balanced: balanced(chosen, pools, sites),
    },
  };
}

/**
 * A pool of one site is announced there and nowhere else, so a Service with policy Local answers only where its pods run at
 * that site. Pods that may run at several get policy Cluster: their address is at one site, and passes on.
 */
function balanced(
  attachments: readonly Attachment[],
  pools: readonly LoadBalancerPool[],
  sites: readonly Site[],
): Balanced | undefined {
  const [first] = pools;
  if (!first) return undefined;
  if (first.router === undefined) return { pool: undefined, local: true };
  const mayRun = (node: string): boolean =>
    attachments.every(({ nodes }) => nodes === undefined || nodes.includes(node));
  const [router, ...others] = new Set(sites.filter(({ nodes }) => nodes.some(mayRun)).map((site) => site.router));
  const there = others.length === 0 ? pools.find((pool) => pool.router === router) : undefined;
  if (there) return { pool: there.name, local: true };
  return { pool: pools.some(({ autoAssign }) => autoAssign) ? undefined : first.name, local: false };
}

function of<T>(map: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = map[name];
  if (found === undefined) throw new Error(`there is no ${what} ${name}`);
  return found;
}
