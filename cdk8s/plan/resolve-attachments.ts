/**
 * Attachments to the LAN, and the applications that take them. As in resolve.ts: a contradiction here is a defect of the
 * rules and throws.
 */
import { tolerated } from './control-planes.ts';
import type { Apps, Attachment, LoadBalancerPool, Node, Pods } from './network.ts';
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
  attachments: readonly Attachment[],
  pools: readonly LoadBalancerPool[],
): Apps {
  const written = plan.apps['home-assistant'];
  if (!written) return { homeAssistant: undefined };
  const { namespace, mac, timeZone, storage } = written;
  return {
    homeAssistant: {
      namespace,
      attachments: written.attachments.map((name) => {
        const attachment = attachments.find((one) => one.name === name);
        if (!attachment) throw new Error(`there is no attachment ${name}`);
        return attachment;
      }),
      mac,
      timeZone,
      tolerated: tolerated(
        nodes.filter(({ taints }) => taints.length === 0),
        plan.kubernetes.distribution,
      ),
      storage: { size: storage?.size ?? DEFAULT_VOLUME_SIZE, class: storage?.class },
      balanced: pools.length > 0,
    },
  };
}

function of<T>(map: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = map[name];
  if (found === undefined) throw new Error(`there is no ${what} ${name}`);
  return found;
}
