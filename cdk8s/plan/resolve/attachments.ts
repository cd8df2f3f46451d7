/**
 * Attachments to the LAN. As in index.ts: a contradiction here is a defect of the
 * rules and throws.
 */
import { cidrsOf, type Address } from '../../address/index.ts';
import { hasAddress } from '../carrier.ts';
import { named } from '../must.ts';
import { onceByName } from '../once.ts';
import { otherSubnets, type Surroundings } from './other-subnets.ts';
import { ownersOf, pinsOf } from './pins.ts';
import type { AddressOwner, Attachment, FixedAddresses, LoadBalancerPool, Pods, Segment } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

export function resolveAttachments(
  plan: Plan,
  around: Surroundings,
  pods: Pods,
  pools: readonly LoadBalancerPool[],
): Attachment[] {
  // In the order of how often a pod talks to them: routes are looked up by length, so it is for people only.
  const clusterSubnets = [pods.subnet, plan.kubernetes.services, ...pools.flatMap((pool) => pool.subnets)];
  const othersOf = otherSubnets(plan, around);
  return Object.entries(plan.attachments).map(
    ([name, { namespace, namespaces, network, isolated, routes, addresses }]) => {
      const segment = named(around.segments, network, 'network');
      const { subnet, mtu } = segment;
      return {
        name,
        namespace,
        namespaces: [...new Set([namespace, ...namespaces])],
        network,
        ...bridged(plan, network),
        subnet,
        // Not gatewayMtu: a smaller interface would take the whole bridge down to its MTU (net/bridge/br_if.c, br_mtu_auto_adjust).
        mtu,
        isolated,
        clusterSubnets,
        otherSubnets: othersOf(network)(name),
        routes,
        servers: addresses === 'dhcp' ? servers(around, segment) : [],
        pins: pinsOf(plan, name),
        fixed: fixedAddresses(addresses, segment, ownersOf(plan, name)),
      };
    },
  );
}

function fixedAddresses(
  addresses: Plan['attachments'][string]['addresses'],
  { gateway }: Segment,
  owners: readonly AddressOwner[],
): FixedAddresses | undefined {
  if (addresses === 'dhcp') return undefined;
  const range = addresses === 'static' ? undefined : addresses;
  return { gateway, range, subnets: range ? cidrsOf(range) : [], owners };
}

/**
 * A router that serves DHCP names itself by its address on the network, or by the one that moves with it to a second
 * router; the plan lists further servers. A server of another name may have any address, unless it is listed.
 */
function servers({ routers }: Surroundings, { name, gateway, dhcp }: Segment): Address[] {
  const own = routers
    .find((router) => router.name === dhcp?.server)
    ?.interfaces.find(({ network }) => network === name)?.address;
  const router = own ? [own, gateway ?? own] : [];
  const all = [...router, ...(dhcp?.servers ?? [])];
  return all.filter((one, at) => all.findIndex((other) => other.equals(one)) === at);
}

type Bridged = Pick<Attachment, 'bridge' | 'nodes' | 'withoutAddress'>;

interface Port {
  readonly node: string;
  readonly bridge: string;
  readonly addressed: boolean;
}

/** The bridge by which nodes are on a network; one name on all of them, since one definition serves every node. */
const bridged = onceByName(({ nodes: all }: Pick<Plan, 'nodes'>, network: string): Bridged => {
  const found = Object.entries(all).flatMap(([node, { interfaces }]) =>
    Object.values(interfaces).flatMap((one): Port[] =>
      one.network === network && one.bridge !== undefined
        ? [{ node, bridge: one.bridge, addressed: hasAddress(one) }]
        : [],
    ),
  );
  const [bridge, ...others] = new Set(found.map((one) => one.bridge));
  if (bridge === undefined) throw new Error(`no node has a bridge on network ${network}`);
  if (others.length > 0)
    throw new Error(`nodes call their bridge on network ${network} ${bridge} and ${others[0] ?? ''}`);
  const nodes = [...new Set(found.map((one) => one.node))];
  const addressed = new Set(found.flatMap((one) => (one.addressed ? [one.node] : [])));
  return {
    bridge,
    nodes: nodes.length === Object.keys(all).length ? undefined : nodes,
    withoutAddress: nodes.filter((name) => !addressed.has(name)),
  };
});
