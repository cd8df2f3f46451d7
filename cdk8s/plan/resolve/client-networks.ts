/** What client devices reach once everything runs: pods whose router knows a way back, load balancers of their pools. */
import type { Cidr } from '../../address/index.ts';
import { once } from '../once.ts';
import type { ClientNetwork, Network, Router, Segment } from '../network/index.ts';

type RoutedNetwork = Pick<Network, 'segments' | 'routers' | 'sites' | 'loadBalancers'>;

export function clientNetworks({ segments, routers, sites, loadBalancers }: RoutedNetwork): ClientNetwork[] {
  const nodes = new Set(sites.flatMap((site) => site.nodes));
  return segments
    .filter(
      (segment) =>
        segment.clients && routers.some((router) => router.routing.neighbors.length > 0 && standsOn(router, segment)),
    )
    .map((segment) => {
      const knowing = new Set(routers.filter((router) => knows(router, segment)).map(({ name }) => name));
      const answering = sites.filter(({ router }) => knowing.has(router));
      return {
        name: segment.name,
        routers: [...new Set(answering.map(({ router }) => router))],
        everyPod: new Set(answering.flatMap((site) => site.nodes)).size === nodes.size,
        pools: loadBalancers.filter(({ clients }) => clients.includes(segment.name)).map(({ name }) => name),
      };
    });
}

const networksOf = once(({ interfaces }: Router) => new Set(interfaces.map(({ network }) => network)));

function standsOn(router: Router, { name }: Segment): boolean {
  return networksOf(router).has(name);
}

/** As text; neighbors of one kind share their list. */
const learnedBy = once(({ routing }: Router) => {
  const lists = new Set(routing.neighbors.map((one) => one.import));
  return new Set([...lists].flatMap((prefixes) => prefixes.map(({ subnet }) => textOf(subnet))));
});

const textOf = once((subnet: Cidr) => String(subnet));

/** By an interface of its own, or by a route. */
function knows(router: Router, segment: Segment): boolean {
  return standsOn(router, segment) || (segment.reach === 'house' && learnedBy(router).has(textOf(segment.subnet)));
}
