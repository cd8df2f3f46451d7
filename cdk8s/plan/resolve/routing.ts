/**
 * Routers: their neighbors with what both sides may say, the networks they announce, what they drop and translate.
 *
 *     nodes --iBGP-- router --eBGP, over a link-- router --iBGP-- nodes
 *
 * Nodes with an AS of their own speak eBGP with their router. It passes on their routes as any others: without a reflector,
 * and with itself as next hop where that is not on their network (RFC 4271 section 5.1.3).
 *
 * Over a link goes what the other router has not itself: own networks and what came from nodes, and what came from further
 * sites too, so that a hub passes on and a lost tunnel has a way around. Each site has its own AS number, so a route that
 * comes back to its site is dropped there (RFC 4271 section 9.1.2): no loop, whatever the links form.
 */
import { IntervalSet, type Cidr } from '../../address/index.ts';
import { routers as platforms } from '../../platforms/routers/index.ts';
import { groupBy } from '../group.ts';
import { must, named } from '../must.ts';
import { once, onceByName } from '../once.ts';
import { isCalico, type CalicoNetwork } from '../network/calico.ts';
import { joined } from './joined.ts';
import type {
  LoadBalancerPool,
  Neighbor,
  Network,
  Prefixes,
  Router,
  Routing,
  Segment,
  Site,
  TunnelEnd,
} from '../network/index.ts';
import { permitsOf } from './permits.ts';
import { tunnelsOf } from './tunnels.ts';

/** The parts of the network that are decided before its routing. */
export interface NetworkBeforeRouting extends Pick<
  Network,
  'segments' | 'links' | 'nodes' | 'sites' | 'pods' | 'loadBalancers' | 'kubernetes' | 'bgp'
> {
  readonly routers: readonly Omit<Router, 'routing'>[];
}

/** One whose nodes and routers speak BGP. */
export type NetworkOfBgp = NetworkBeforeRouting & Pick<CalicoNetwork, 'pods' | 'bgp'>;

const NOTHING: Routing = {
  neighbors: [],
  tunnels: [],
  originates: [],
  paths: 1,
  discards: [],
  permits: [],
  translation: { from: [], notTo: [] },
  asymmetric: [],
  withoutRedirects: [],
};

export function routingOf(house: NetworkBeforeRouting, router: string): Routing {
  if (!isCalico(house)) return NOTHING;
  const { segments, links } = house;
  const sites = sitesOf(house, router);
  if (sites.length === 0 && !links.some(({ between }) => between.includes(router))) return NOTHING;
  const { multipath } = platforms[named(house.routers, router, 'router').software];
  const cluster = [house.pods.subnet, ...poolsAt(house, router).flatMap(({ subnets }) => subnets)];
  const services = servicesOf(house);
  const tunnels = tunnelsOf(house, router, notOf(house, router));
  const withNodes = new Set(sites.map(({ network }) => network));
  const shared = segments.filter(({ name, clients }) => clients && withNodes.has(name));
  return {
    neighbors: [
      ...sites.flatMap((site) => nodeNeighbors(house, site)),
      ...tunnels.map((tunnel) => tunnelNeighbor(house, router, tunnel)),
    ],
    tunnels,
    originates: announcedBy(house, router).map(({ subnet }) => subnet),
    paths: Math.max(1, ...sites.map(({ nodes }) => Math.min(multipath.paths, nodes.length))),
    discards: discards(house, router),
    permits: permitsOf(house, router, tunnels),
    translation: {
      from: cluster,
      notTo: subnetsOf(house),
    },
    asymmetric: named(house.routers, router, 'router').stateful
      ? shared.map(({ name, subnet }) => ({
          network: name,
          from: subnet,
          to: [...cluster, ...services.map((one) => one.subnet)],
        }))
      : [],
    withoutRedirects: shared.map(({ name }) => name),
  };
}

/** All that the plan knows. */
const subnetsOf = once((house: NetworkOfBgp): readonly Cidr[] => [
  ...[...house.segments, ...house.links, house.pods].map(({ subnet }) => subnet),
  ...house.loadBalancers.flatMap(({ subnets }) => subnets),
  ...servicesOf(house).map(({ subnet }) => subnet),
]);

const byRouter = once((sites: readonly Site[]) => groupBy(sites, ({ router }) => router));

/** A router's: one for each network with nodes that it stands on. */
export function sitesOf({ sites }: Pick<NetworkBeforeRouting, 'sites'>, router: string): readonly Site[] {
  return byRouter(sites).get(router) ?? [];
}

/** The pools that nodes behind one of these routers announce. */
export function poolsAt({ loadBalancers }: Pick<NetworkBeforeRouting, 'loadBalancers'>, ...routers: readonly string[]) {
  return loadBalancers.filter(({ router }) => router === undefined || routers.includes(router));
}

/** The segments that a router has an address on. */
export const segmentsAt = onceByName(
  ({ segments, routers }: NetworkBeforeRouting, router: string): readonly Segment[] => {
    const own = new Set(named(routers, router, 'router').interfaces.map(({ network }) => network));
    return segments.filter(({ name }) => own.has(name));
  },
);

function nodeNeighbors(house: NetworkOfBgp, site: Site): Neighbor[] {
  const { router, network, nodes, address, asn, nodesAsn } = site;
  const several = byRouter(house.sites).size > 1;
  const passesOn = !house.bgp.mesh && (several || nodes.length > 1);
  const internal = nodesAsn === asn;
  // The same for each of them. All lengths up to 32 of load balancers: the whole pool comes, and addresses of Services with policy Local.
  const accepted = [podPrefixes(house), ...poolsAt(house, router).flatMap(poolPrefixes), ...servicesOf(house)];
  const announced = passesOn ? [podPrefixes(house)] : [];
  const limit = limitOf(accepted);
  return nodes
    .map((name) => named(house.nodes, name, 'node'))
    .map(({ name, uplink }) => ({
      kind: 'node',
      name,
      over: network,
      local: address,
      address: uplink.address,
      asn: nodesAsn,
      ...timers(house),
      password: house.bgp.passwordSecret,
      reflect: passesOn && internal,
      nextHopSelf: several && internal,
      import: accepted,
      export: announced,
      prefixLimit: limit,
    }));
}

function tunnelNeighbor(house: NetworkOfBgp, router: string, { link, peer, local, far }: TunnelEnd): Neighbor {
  return {
    kind: 'router',
    name: peer,
    over: link,
    local,
    address: far,
    asn: must(named(house.routers, peer, 'router').asn, `AS number of router ${peer}`),
    ...timers(house),
    // Only who has the tunnel's key gets this far.
    password: undefined,
    reflect: false,
    nextHopSelf: false,
    import: notOf(house, router),
    export: notOf(house, peer),
    prefixLimit: limitOf(notOf(house, router)),
  };
}

/** Single addresses of one range that are announced at once: of borrowed blocks, of Services with policy Local. */
const SINGLE = 256;

/** Every block that a range has, and some single addresses. */
function limitOf(taken: readonly Prefixes[]): number {
  return taken.reduce(
    (sum, { subnet, shortest, longest }) => sum + 2 ** (shortest - subnet.prefix) + (longest > shortest ? SINGLE : 0),
    0,
  );
}

/** The same for nodes and routers. */
function timers({ bgp: { hold, keepalive } }: NetworkOfBgp): Pick<Neighbor, 'hold' | 'keepalive' | 'gracefulRestart'> {
  return { hold, keepalive, gracefulRestart: false };
}

/** All that linked sites announce but what one of them has itself. Pods and services of a site cannot be told by their prefix. */
const notOf = onceByName((house: NetworkOfBgp, router: string): Prefixes[] => {
  const reached = joined(house.links, router);
  const own = announcedBy(house, router);
  const networks = reached.flatMap((name) => announcedBy(house, name));
  return [
    podPrefixes(house),
    ...poolsAt(house, ...reached.filter((name) => name !== router)).flatMap(poolPrefixes),
    ...servicesOf(house),
    ...without(distinct(networks), own),
  ];
});

const carriers = once((sites: readonly Site[]) => new Set(sites.map(({ network }) => network)));

/** A router's own networks that other sites are to know. */
const announcedBy = onceByName((house: NetworkOfBgp, router: string): Prefixes[] => {
  if (joined(house.links, router).length === 1) return [];
  return segmentsAt(house, router)
    .filter(({ reach }) => reach === 'house')
    .map(({ name, subnet, clients }) => ({
      of: carriers(house.sites).has(name) ? 'nodes' : clients ? 'clients' : 'network',
      subnet,
      shortest: subnet.prefix,
      longest: subnet.prefix,
    }));
});

/**
 * A range inside a network of the plan is left out: what lies there is reached without a route of BGP. So are on-lan pods at
 * the routers of other sites too: devices may have some of their blocks, and the route of their network is shorter.
 */
function discards(house: NetworkOfBgp, router: string): Cidr[] {
  const elsewhere = joined(house.links, router).flatMap((name) => announcedBy(house, name));
  const here = segmentsAt(house, router);
  const inside = IntervalSet.of(...here.map(({ subnet }) => subnet));
  return distinct([
    ...(house.pods.mode === 'on-lan' ? [] : [podPrefixes(house)]),
    ...house.loadBalancers.flatMap(poolPrefixes),
    ...servicesOf(house),
    ...without(elsewhere, here),
  ])
    .map(({ subnet }) => subnet)
    .filter((subnet) => !(inside.contains(subnet) && here.some((segment) => segment.subnet.contains(subnet))));
}

function podPrefixes({ pods }: NetworkOfBgp): Prefixes {
  // A single address: one that a node borrowed of another's block, or a pod that has just started.
  return { of: 'pods', subnet: pods.subnet, shortest: pods.blockSize, longest: 32 };
}

function poolPrefixes({ subnets }: LoadBalancerPool): Prefixes[] {
  return subnets.map((subnet) => ({ of: 'load balancers', subnet, shortest: subnet.prefix, longest: 32 }));
}

function servicesOf({ kubernetes: { services, advertiseServices } }: NetworkOfBgp): Prefixes[] {
  return advertiseServices ? [{ of: 'services', subnet: services, shortest: services.prefix, longest: 32 }] : [];
}

function without(all: readonly Prefixes[], some: readonly { readonly subnet: Cidr }[]): Prefixes[] {
  const left = new Set(some.map(({ subnet }) => keyOf(subnet)));
  return all.filter(({ subnet }) => !left.has(keyOf(subnet)));
}

/** Of two subnets the same where they are equal. */
function keyOf({ first, prefix }: Cidr): number {
  return first.value * 64 + prefix;
}

function distinct(all: readonly Prefixes[]): Prefixes[] {
  return [...new Map(all.map((one) => [keyOf(one.subnet), one])).values()];
}
