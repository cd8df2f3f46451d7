/**
 * The rules that send a node's answers back the way that the question came, where the node has a second interface.
 *
 *     client --- router --- uplink: node: eth0 --- client          to: the network of eth0, from: pods, and the uplink's
 *
 * Without them the answer leaves by eth0, and a stateful router, which saw only the question, ends the connection. Pods
 * need it, and so does the node's own uplink address: the API server, SSH, and whatever runs in the host's network, also
 * behind a load balancer's address (docs/facts.md#answers-by-another-way). Whether client devices are on that
 * network does not matter to a packet, so `clients` is not asked.
 */
import type { Cidr } from '../../address/index.ts';
import type { NodeInterface, Segment, SourceRule } from '../network/index.ts';
import type { Plan } from '../schema/index.ts';

/**
 * A table and a priority that nothing else uses, one number for both: Calico's tables are 1 to 250 (FelixConfiguration,
 * routeTableRanges), its rules have priorities near 100, and the kernel's main table comes at 32766.
 */
const TABLE = 9179;

/** Of one node; none where nothing leads out of the uplink's network. */
export function sourceRules(
  { pods, routers, networks }: Plan,
  interfaces: readonly NodeInterface[],
  uplink: NodeInterface,
  segmentOf: (network: string) => Segment,
): SourceRule[] {
  const onRouter = (network: string) =>
    Object.values(routers).find(({ addresses }) => addresses[network] !== undefined);
  const own = segmentOf(uplink.network);
  const gateway = own.gateway ?? onRouter(own.name)?.addresses[own.name];
  if (!gateway) return [];
  // Without a subnet of their own, pods have addresses of the uplink's network.
  const sources: readonly Cidr[] = pods.subnet ? [pods.subnet, own.subnet] : [own.subnet];
  // Nobody comes by a router from a network that has none, and no router knows the way into it: a pod reaches a storage
  // network like that by the node's own interface there, or not at all.
  const routed = (network: string): boolean =>
    networks[network]?.gateway !== undefined || onRouter(network) !== undefined;
  // Without an address of the node there is no route into the network: answers leave by the uplink anyway.
  const reached = interfaces.filter(({ from }) => from !== 'none').map(({ network }) => network);
  const others = new Set(reached.filter((name) => name !== own.name && routed(name)));
  return [...others].flatMap((other) =>
    sources.map((from) => ({
      from,
      to: segmentOf(other).subnet,
      network: other,
      gateway,
      device: uplink.holder,
      table: TABLE,
      priority: TABLE,
    })),
  );
}
