/** Rules about load balancer addresses. */
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { nestedSubnets, type NamedSubnet } from './view/subnets.ts';
import { carriersOf, routersByNetwork, usesCalico } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

function* insideNetwork(checked: CheckedPlan): Iterable<Violation> {
  const reported = new Set<NamedSubnet>();
  for (const { inner, around } of nestedSubnets(checked)) {
    const wanted =
      inner.kind === 'load-balancers' ? 'network' : inner.kind === 'network' ? 'load-balancers' : undefined;
    const outer = around.find((one) => one.kind === wanted);
    if (!outer) continue;
    const [pool, network] = inner.kind === 'load-balancers' ? [inner, outer] : [outer, inner];
    if (reported.has(pool)) continue;
    reported.add(pool);
    const how = pool === outer ? 'contains' : inner.subnet.equals(outer.subnet) ? 'is the same as' : 'is inside';
    yield {
      at: pool.path,
      problem: `${String(pool.subnet)} of ${pool.what} ${how} ${String(network.subnet)} of ${network.what}: devices there resolve such an address by ARP on their own network, and nothing answers`,
    };
  }
}

function* unknownRouters({ pools, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('router', names.routers);
  for (const { router, path } of pools) yield* unknown(router, path);
}

/** The routers that nodes peer with, each with its number of nodes. */
function siteRouters(checked: CheckedPlan): ReadonlyMap<string, number> {
  const routers = routersByNetwork(checked);
  const found = new Map<string, number>();
  for (const [network, nodes] of carriersOf(checked))
    for (const { name } of routers.get(network) ?? []) found.set(name, (found.get(name) ?? 0) + nodes.length);
  return found;
}

function* routerWithoutPool(checked: CheckedPlan): Iterable<Violation> {
  const { pools } = checked;
  if (!pools.some(({ router }) => router !== undefined)) return;
  const withPool = new Set(pools.map(({ router }) => router));
  for (const [router, nodes] of siteRouters(checked))
    if (!withPool.has(router))
      yield {
        at: ['loadBalancers', router],
        problem: `router ${router} has ${nodes} node${nodes === 1 ? '' : 's'} but no load balancer addresses: traffic to Services cannot enter at its site`,
        remedy: `add ${router}: {subnet: ...} under loadBalancers`,
      };
}

/** A range of /32 is a blackhole route in every node's kernel (docs/facts.md#load-balancer-ranges). */
function* usable({ pools }: CheckedPlan): Iterable<Violation> {
  for (const { subnet, path } of pools)
    if (subnet?.size === 1)
      yield {
        at: [...path, 'subnet'],
        problem: `${String(subnet)} is a single address: Calico would give every node a blackhole route for it, so nothing on a node reaches the Service`,
      };
}

function* onePerRouter(checked: CheckedPlan): Iterable<Violation> {
  const [pool] = checked.pools;
  if (!pool?.subnet || pool.router !== undefined || usesCalico(checked.plan) !== true) return;
  const networks = [...carriersOf(checked).keys()];
  const routers = [...siteRouters(checked).keys()];
  if (networks.length < 2 || routers.length < 2) return;
  yield {
    at: ['loadBalancers', 'subnet'],
    problem: `${routers.join(', ')} would all announce ${String(pool.subnet)}: a packet could enter at any of their sites`,
    remedy: `give each its own: loadBalancers: {${routers.map((router) => `${router}: {subnet: ...}`).join(', ')}}`,
  };
}

export const loadBalancerRules: readonly Rule[] = [
  {
    code: 'load-balancers/inside-network',
    severity: 'error',
    summary: 'Load balancer addresses are outside every network.',
    remedy: 'choose a subnet that no network uses; the router learns the route to it by BGP',
    check: insideNetwork,
  },
  {
    code: 'load-balancers/unknown-router',
    severity: 'error',
    summary: 'Pools per router refer to routers of the plan.',
    remedy: 'name one of the routers under routers',
    references: true,
    check: unknownRouters,
  },
  {
    code: 'load-balancers/router-without-pool',
    severity: 'warning',
    summary: 'If pools are per router, every router with nodes has a pool.',
    remedy: 'add a pool for this router',
    check: routerWithoutPool,
  },
  {
    code: 'load-balancers/usable',
    severity: 'error',
    summary: 'A pool has more than one address.',
    remedy: 'choose a /31 or larger',
    check: usable,
  },
  {
    code: 'load-balancers/one-per-router',
    severity: 'warning',
    summary: 'With several sites, each router has load balancer addresses of its own.',
    remedy: 'write one pool per router',
    check: onePerRouter,
  },
];
