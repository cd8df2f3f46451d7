/** Rules about load balancer addresses. */
import { isBuggy } from '../../address/index.ts';
import type { CheckedPlan, LoadBalancerPool } from '../read/checked-plan.ts';
import { onLinkRules } from './load-balancers-on-link.ts';
import type { Rule, Violation } from './rule.ts';
import { poolName } from './view/subnets.ts';
import { carriersOf, routersByNetwork, usesCalico } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

function* written({ plan, pools, incomplete }: CheckedPlan): Iterable<Violation> {
  if (plan.loadBalancers !== undefined && pools.length === 0 && !incomplete(['loadBalancers']))
    yield {
      at: ['loadBalancers'],
      problem: 'loadBalancers is empty',
      remedy: 'write {subnet: ...}, or remove the key',
    };
  for (const { twice, addresses, path, ...pool } of pools) {
    if (twice)
      yield {
        at: [...path, 'range'],
        problem: `${poolName(pool)} ${pool.name === undefined ? 'have' : 'has'} both a subnet and a range`,
        remedy: 'keep one of them; a second pool takes the other: loadBalancers: {a: {subnet: ...}, b: {range: ...}}',
      };
    if (!addresses && !incomplete(path))
      yield {
        at: path,
        problem: `${poolName(pool)} ${pool.name === undefined ? 'have' : 'has'} no addresses`,
        remedy: 'add subnet: ..., or range: first-last',
      };
  }
}

/** The routers that nodes peer with, each with its number of nodes. */
function siteRouters(checked: CheckedPlan): ReadonlyMap<string, number> {
  const routers = routersByNetwork(checked);
  const found = new Map<string, number>();
  for (const [network, nodes] of carriersOf(checked))
    for (const { name } of routers.get(network) ?? []) found.set(name, (found.get(name) ?? 0) + nodes.length);
  return found;
}

/** Nodes on several networks and several routers: a pool without a router would be announced by all. */
function severalSites(checked: CheckedPlan): boolean {
  return usesCalico(checked.plan) === true && carriersOf(checked).size > 1 && siteRouters(checked).size > 1;
}

function* unknownRouters(checked: CheckedPlan): Iterable<Violation> {
  const { pools, names } = checked;
  const unknown = unknownNames('router', names.routers);
  for (const { name, router, ownRouter, path } of pools)
    if (ownRouter !== undefined) yield* unknown(ownRouter, [...path, 'router']);
    // The pool's name is that of its router where routers differ; otherwise a name is free.
    else if (name !== undefined && router === undefined && severalSites(checked))
      for (const found of unknown(name, path))
        yield {
          ...found,
          problem: `pool ${name} has no router, and no router has its name`,
          remedy: `add router: ... to the pool, or name it after its router: ${found.remedy ?? ''}`,
        };
}

function* routerWithoutPool(checked: CheckedPlan): Iterable<Violation> {
  const { pools, incomplete } = checked;
  if (pools.length === 0 || incomplete(['loadBalancers']) || pools.some(({ router }) => router === undefined)) return;
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
  for (const { addresses, subnets, at } of pools) {
    if (!addresses || subnets.some(({ size }) => size > 1)) continue;
    const [what, it] =
      subnets.length === 1 ? ['is a single address', 'it'] : ['is announced as single addresses', 'each'];
    yield {
      at,
      problem: `${String(addresses)} ${what}: Calico would give every node a blackhole route for ${it}, so nothing on a node reaches the Service`,
    };
  }
}

function* singleAddresses({ pools }: CheckedPlan): Iterable<Violation> {
  for (const { addresses, subnets, at } of pools) {
    const single = subnets.filter(({ size }) => size === 1);
    const larger = subnets.filter(({ size }) => size > 1);
    const [first, last] = [larger[0], larger.at(-1)];
    if (!addresses || single.length === 0 || !first || !last) continue;
    yield {
      at,
      problem: `${String(addresses)} is announced as ${subnets.join(', ')}: Calico gives every node a blackhole route for ${single.map(({ first: one }) => String(one)).join(' and ')}, so programs on nodes (not pods) do not reach a Service with that address`,
      remedy: `write ${String(first.first)}-${String(last.last)}`,
    };
  }
}

function* onePerRouter(checked: CheckedPlan): Iterable<Violation> {
  const [pool] = checked.pools;
  if (!pool?.addresses || pool.name !== undefined || pool.router !== undefined || !severalSites(checked)) return;
  const routers = [...siteRouters(checked).keys()];
  yield {
    at: pool.at,
    problem: `${routers.join(', ')} would all announce ${String(pool.addresses)}: a packet could enter at any of their sites`,
    remedy: `give each its own: loadBalancers: {${routers.map((router) => `${router}: {subnet: ...}`).join(', ')}}`,
  };
}

/** MetalLB gives Services that ask for nothing only what is assigned automatically. */
function* noneAutomatic({ pools, incomplete }: CheckedPlan): Iterable<Violation> {
  const [first] = pools;
  if (!first || incomplete(['loadBalancers']) || !pools.every(({ autoAssign }) => autoAssign === false)) return;
  yield {
    at: [...first.path, 'autoAssign'],
    problem: `${poolsText(pools)} autoAssign: false: a Service that asks for no pool and no address gets none`,
  };
}

function poolsText(pools: readonly LoadBalancerPool[]): string {
  return pools.length === 1 ? 'the only pool has' : 'all pools have';
}

/** MetalLB gives an address only if it is in a pool, and avoidBuggyIPs permits it (internal/allocator/allocator.go, poolFor). */
function* requested({ plan, pools, incomplete }: CheckedPlan): Iterable<Violation> {
  const address = plan.apps?.['home-assistant']?.loadBalancerIP;
  // With mode existing there are no pools at all, which is a finding of its own.
  if (!address || incomplete(['loadBalancers']) || plan.pods?.mode === 'existing') return;
  const at = ['apps', 'home-assistant', 'loadBalancerIP'];
  const own = pools.find(({ addresses }) => addresses?.contains(address));
  const all = pools.flatMap(({ addresses }) => (addresses ? [String(addresses)] : []));
  if (!own)
    yield {
      at,
      problem: `home-assistant asks for ${String(address)}, which is no load balancer address${all.length > 0 ? '' : ': the plan has no loadBalancers'}`,
      remedy:
        all.length > 0
          ? `choose from ${all.join(' or ')}`
          : 'add loadBalancers: {subnet: ...}, or remove loadBalancerIP',
    };
  else if (own.avoidBuggyIPs && isBuggy(address))
    yield {
      at,
      problem: `home-assistant asks for ${String(address)}, but MetalLB gives no address that ends in .0 or .255 from this pool (avoidBuggyIPs)`,
      remedy: 'choose another address of the pool, or set avoidBuggyIPs: false',
    };
}

export const loadBalancerRules: readonly Rule[] = [
  {
    code: 'load-balancers/addresses',
    severity: 'error',
    summary: 'A pool has a subnet or a range, not both.',
    remedy: 'write subnet or range',
    check: written,
  },
  ...onLinkRules,
  {
    code: 'load-balancers/unknown-router',
    severity: 'error',
    summary: 'Pools refer to routers of the plan: by router, or, with several sites, by their names.',
    remedy: 'name one of the routers under routers',
    first: true,
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
    remedy: 'choose a /31 or larger, or a longer range',
    check: usable,
  },
  {
    code: 'load-balancers/single-addresses',
    severity: 'warning',
    summary: 'The subnets of a range have more than one address each.',
    remedy: 'start the range at an even address and end it at an odd one',
    check: singleAddresses,
  },
  {
    code: 'load-balancers/one-per-router',
    severity: 'warning',
    summary: 'With several sites, each router has load balancer addresses of its own.',
    remedy: 'write one pool per router',
    check: onePerRouter,
  },
  {
    code: 'load-balancers/requested',
    severity: 'error',
    summary: 'An address that an app asks for is one that MetalLB gives.',
    remedy: 'choose an address of a pool',
    check: requested,
  },
  {
    code: 'load-balancers/none-automatic',
    severity: 'warning',
    summary: 'A Service that asks for no pool and no address gets one of some pool.',
    remedy: 'set autoAssign: true for the pool that Services usually take; or write the annotation at each Service',
    check: noneAutomatic,
  },
];
