/**
 * Attachments to the LAN. As in index.ts: a contradiction here is a defect of the
 * rules and throws.
 */
import { Address, cidrsOf, IntervalSet, Range, type Cidr, type Span } from '../../address/index.ts';
import { hasAddress } from '../carrier.ts';
import { groupBy } from '../group.ts';
import { named } from '../must.ts';
import { ownersOf, pinsOf } from './pins.ts';
import type {
  AddressOwner,
  Attachment,
  FixedAddresses,
  LoadBalancerPool,
  Network,
  Pods,
  Segment,
} from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

/** What stands around an attachment. */
type Surroundings = Pick<Network, 'segments' | 'routers' | 'links' | 'nodes' | 'kubernetes'>;

export function resolveAttachments(
  plan: Plan,
  around: Surroundings,
  pods: Pods,
  pools: readonly LoadBalancerPool[],
): Attachment[] {
  // In the order of how often a pod talks to them: routes are looked up by length, so it is for people only.
  const clusterSubnets = [pods.subnet, plan.kubernetes.services, ...pools.flatMap((pool) => pool.subnets)];
  const others = staticPods(plan);
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
        otherSubnets: [
          ...elsewhere(around, network),
          ...IntervalSet.of(
            ...hosts(around, segment),
            ...(others.get(network) ?? []).flatMap((one) => (one.name === name ? [] : one.spans)),
            ...(addresses !== 'dhcp' && segment.dhcp ? [segment.dhcp.range] : []),
          ).cidrs(),
        ],
        routes,
        servers: addresses === 'dhcp' ? servers(around, segment) : [],
        pins: pinsOf(plan, name),
        fixed: fixedAddresses(addresses, segment, ownersOf(plan, name)),
      };
    },
  );
}

/** The house's other networks. */
function elsewhere({ segments, links }: Surroundings, network: string): Cidr[] {
  return [...segments.filter((one) => one.name !== network), ...links].map(({ subnet }) => subnet);
}

/** Who has an address on a network, as far as the plan knows. */
function hosts(
  { routers, nodes, kubernetes }: Surroundings,
  { name, subnet, gateway, reserved, dhcp }: Segment,
): Span[] {
  const api = kubernetes.endpoint?.host;
  const addresses = [
    gateway,
    api instanceof Address && subnet.contains(api) ? api : undefined,
    ...(dhcp?.servers ?? []).filter((server) => subnet.contains(server)),
    ...routers.flatMap((router) => router.interfaces.map((one) => (one.network === name ? one.address : undefined))),
    ...nodes.flatMap(({ interfaces }) => interfaces.map((one) => (one.network === name ? one.address : undefined))),
    ...reserved.map(({ address }) => address),
  ];
  return addresses.flatMap((address) => (address ? [{ first: address, last: address }] : []));
}

/** The static addresses of pods: of each attachment to a network, by the network's name. */
function staticPods(plan: Plan): ReadonlyMap<string, readonly { name: string; spans: readonly Span[] }[]> {
  const found = Object.entries(plan.attachments).map(([name, { network, addresses }]) => {
    const owned = ownersOf(plan, name).map(({ address }) => address);
    return { name, network, spans: addresses instanceof Range ? [addresses, ...owned] : owned };
  });
  return groupBy(
    found.filter(({ spans }) => spans.length > 0),
    ({ network }) => network,
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

/** The bridge by which nodes are on a network; one name on all of them, since one definition serves every node. */
function bridged(plan: Plan, network: string): Pick<Attachment, 'bridge' | 'nodes' | 'withoutAddress'> {
  const found = Object.entries(plan.nodes).flatMap(([node, { interfaces }]) =>
    Object.values(interfaces).flatMap((one) =>
      one.network === network && one.bridge !== undefined ? [{ node, bridge: one.bridge, one }] : [],
    ),
  );
  const [bridge, ...others] = new Set(found.map((one) => one.bridge));
  if (bridge === undefined) throw new Error(`no node has a bridge on network ${network}`);
  if (others.length > 0)
    throw new Error(`nodes call their bridge on network ${network} ${bridge} and ${others[0] ?? ''}`);
  const nodes = [...new Set(found.map((one) => one.node))];
  return {
    bridge,
    nodes: nodes.length === Object.keys(plan.nodes).length ? undefined : nodes,
    withoutAddress: nodes.filter((name) => found.every(({ node, one }) => node !== name || !hasAddress(one))),
  };
}
