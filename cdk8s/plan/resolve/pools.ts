/** Load balancer pools: their subnets, which router's nodes announce them, and whose devices reach them. */
import { groupBy } from '../group.ts';
import { once } from '../once.ts';
import { joined } from './joined.ts';
import type { LoadBalancerPool, OnLink, Segment, Site } from '../network/index.ts';
import { poolsOf, type ReadablePlan } from '../read/checked-plan.ts';
import type { Plan } from '../schema/index.ts';

/** Of the only pool where the plan gives it no name. */
const ONLY_POOL = 'load-balancers';

export function resolvePools(plan: Plan, segments: readonly Segment[], sites: readonly Site[]): LoadBalancerPool[] {
  const clients = segments
    .filter((segment) => segment.clients)
    .map((segment) => ({ segment, asked: routersAsked(plan, segment) }))
    .filter(({ asked }) => asked.length > 0);
  const links = Object.values(plan.links);
  const [only, ...others] = new Set(sites.map((site) => site.router));
  return poolsOf(plan as ReadablePlan, new Set(Object.keys(plan.routers))).flatMap((pool) => {
    const { name, addresses, subnets, avoidBuggyIPs, autoAssign } = pool;
    if (!addresses) return [];
    const router = pool.router ?? (name !== undefined && others.length === 0 ? only : undefined);
    const linked = new Set(router === undefined ? [] : joined(links, router));
    const reaching = clients.filter(
      ({ segment, asked }) =>
        router === undefined || asked.some((one) => one === router || (segment.reach === 'house' && linked.has(one))),
    );
    return [
      {
        name: name ?? ONLY_POOL,
        addresses,
        subnets,
        avoidBuggyIPs,
        router,
        clients: reaching.map(({ segment }) => segment.name),
        onLink: onLink(plan, segments, router, addresses),
        autoAssign: autoAssign ?? reaching.length === clients.length,
      },
    ];
  });
}

/** Where devices of a segment send what is elsewhere: its gateway, or any router on it where the plan does not know that one. */
function routersAsked({ routers }: Plan, { name, gateway }: Segment): string[] {
  const all = routersOn(routers).get(name) ?? [];
  const known = all.filter(({ address }) => gateway && address.equals(gateway));
  return (known.length > 0 ? known : all).map(({ router }) => router);
}

/** By network. */
const routersOn = once((routers: Plan['routers']) =>
  groupBy(
    Object.entries(routers).flatMap(([router, { addresses }]) =>
      Object.entries(addresses).map(([network, address]) => ({ router, network, address })),
    ),
    ({ network }) => network,
  ),
);

/** The pool's own router knows the way to it; another learns it over a link. */
function onLink(
  { routers }: Plan,
  segments: readonly Segment[],
  router: string | undefined,
  addresses: LoadBalancerPool['addresses'],
): OnLink | undefined {
  const around = segments.find(({ subnet }) => subnet.contains(addresses));
  if (!around) return undefined;
  const own = router === undefined ? undefined : routers[router]?.addresses[around.name];
  const [any] = Object.values(routers).flatMap((one) => one.addresses[around.name] ?? []);
  return { network: around.name, nextHop: own ?? any ?? around.gateway };
}
