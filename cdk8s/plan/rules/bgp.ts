/** Rules about BGP: AS numbers, timers and peers. */
import {
  AS_NUMBER,
  DEFAULT_HOLD,
  DEFAULT_KEEPALIVE,
  HOLD,
  KEEPALIVE,
  KEEPALIVES,
  LARGEST_MESH,
  MOST_SESSIONS,
  PRIVATE_AS,
  RESERVED_AS,
  span,
} from '../bounds.ts';
import { routers as platforms, type RouterTraits } from '../../platforms/routers/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import { groupBy } from '../group.ts';
import { islands } from '../islands.ts';
import { meshSessions } from '../mesh-sessions.ts';
import { sessionName } from '../session-name.ts';
import type { Rule, Violation } from './rule.ts';
import { carriersOf, ports, routersByNetwork, usesCalico } from './view/topology.ts';

function* keepaliveHold({ plan }: CheckedPlan): Iterable<Violation> {
  const { hold, keepalive } = plan.bgp ?? {};
  if (hold === undefined || keepalive === undefined || keepalive * KEEPALIVES <= hold) return;
  yield {
    // Another hold time than the default was written by a person.
    at: ['bgp', hold === DEFAULT_HOLD ? 'keepalive' : 'hold'],
    problem: `keepalive ${keepalive} s is more than a third of hold ${hold} s: ${KEEPALIVES} x ${keepalive} = ${keepalive * KEEPALIVES}, so fewer than ${KEEPALIVES} keepalives fit into the hold time`,
    remedy: `raise hold to ${keepalive * KEEPALIVES}${hold < KEEPALIVES ? '' : ` or lower keepalive to ${Math.floor(hold / KEEPALIVES)}`}`,
  };
}

function* shortestHold({ plan }: CheckedPlan): Iterable<Violation> {
  const hold = plan.bgp?.hold;
  if (hold === undefined) return;
  for (const [router, { software }] of entries(plan.routers)) {
    if (software === undefined) continue;
    const { title, shortestHold: shortest }: RouterTraits = platforms[software];
    if (shortest === undefined || hold >= shortest) continue;
    yield {
      at: ['bgp', 'hold'],
      problem: `router ${router} runs ${title}, which accepts no hold time below ${shortest} s, but hold is ${hold} s`,
    };
    // One value, one finding.
    return;
  }
}

function* noAsn({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  if (usesCalico(plan) !== true) return;
  for (const [name, { asn }] of entries(plan.routers))
    if (asn === undefined && !incomplete(['routers', name, 'asn']))
      yield {
        at: ['routers', name, 'asn'],
        problem: `routers.${name}.asn is missing: it speaks BGP with nodes or other routers`,
      };
}

function* distinctAsn({ plan }: CheckedPlan): Iterable<Violation> {
  const numbered = entries(plan.routers).filter(([, { asn }]) => asn !== undefined);
  for (const [asn, routers] of groupBy(numbered, ([, router]) => router.asn)) {
    const [first, ...others] = routers;
    // Two routers of one network are one site.
    const site = islands(ports(routers));
    for (const [name] of others)
      if (site(`router ${name}`) !== site(`router ${first?.[0] ?? ''}`))
        yield {
          at: ['routers', name, 'asn'],
          problem: `router ${name} has AS ${String(asn)}, the same as router ${first?.[0] ?? ''} at another site: each drops the routes of the other as a loop`,
        };
  }
}

/** With one number for nodes and every router it is iBGP, as without the key. */
function* nodesAsn(checked: CheckedPlan): Iterable<Violation> {
  const { plan } = checked;
  const asn = plan.bgp?.asn;
  if (asn === undefined || usesCalico(plan) !== true) return;
  const byNetwork = routersByNetwork(checked);
  const speakers = new Set([
    ...[...carriersOf(checked).keys()].flatMap((network) => (byNetwork.get(network) ?? []).map(({ name }) => name)),
    ...entries(plan.links).flatMap(([, { between }]) => between ?? []),
  ]);
  const routers = entries(plan.routers).filter(([name, router]) => speakers.has(name) && router.asn !== undefined);
  const [same] = routers.find(([, router]) => router.asn === asn) ?? [];
  const [other, { asn: theirs } = {}] = routers.find(([, router]) => router.asn !== asn) ?? [];
  if (same === undefined || other === undefined) return;
  yield {
    at: ['bgp', 'asn'],
    problem: `AS ${asn} of the nodes is also that of router ${same}, but router ${other} has AS ${String(theirs)}: router ${same} would drop the routes of nodes that come by way of router ${other} as a loop`,
  };
}

function* meshNetwork(checked: CheckedPlan): Iterable<Violation> {
  if (checked.plan.bgp?.mesh !== true || usesCalico(checked.plan) !== true) return;
  const [[first] = [], [second] = []] = carriersOf(checked);
  if (first === undefined || second === undefined) return;
  yield {
    at: ['bgp', 'mesh'],
    problem: `the pods of nodes are carried by networks ${first} and ${second}: a node on one cannot send packets to the next hop of a route on the other`,
  };
}

function* meshSize({ plan }: CheckedPlan): Iterable<Violation> {
  const nodes = entries(plan.nodes).length;
  if (plan.bgp?.mesh !== true || usesCalico(plan) !== true || nodes <= LARGEST_MESH) return;
  yield {
    at: ['bgp', 'mesh'],
    problem: `a mesh of ${nodes} nodes has ${meshSessions(nodes)} BGP sessions, ${nodes - 1} on each node`,
  };
}

function* noRouter(checked: CheckedPlan): Iterable<Violation> {
  const { plan, names } = checked;
  if (usesCalico(plan) !== true || checked.incomplete(['routers'])) return;
  const routers = routersByNetwork(checked);
  for (const [network, nodes] of carriersOf(checked)) {
    if (routers.has(network) || !names.networks?.has(network)) continue;
    const { gateway, reserved } = plan.networks?.[network] ?? {};
    const device = gateway && entries(reserved).find(([, address]) => address.equals(gateway))?.[0];
    // The plan lists it as a device beside its routers: an address has one owner.
    const where = device
      ? `{${network}: a free address there}: ${device} is no router of the plan, and many boxes of providers speak no BGP, such as a FRITZ!Box; a small machine with FRR or BIRD that is not a node does, and ${device} then needs static routes to it. If ${device} speaks BGP, write ${String(gateway)} and remove it from reserved`
      : `{${network}: ${gateway ? String(gateway) : 'its address'}}, if it speaks BGP; else those of one that does`;
    yield {
      at: ['routers'],
      problem: `no router has an address on network ${network}, which carries the pods of ${counted(nodes)}: no router would learn the routes to them`,
      remedy: `add the router of network ${network} with its software, asn and addresses: ${where}`,
    };
  }
}

function* noPassword({ plan }: CheckedPlan): Iterable<Violation> {
  if (usesCalico(plan) !== true || plan.bgp?.passwordSecret || entries(plan.routers).length === 0) return;
  yield {
    at: ['bgp', 'passwordSecret'],
    problem: 'the BGP sessions have no password: any device on that network can announce routes to the router',
  };
}

function* manyPeers(checked: CheckedPlan): Iterable<Violation> {
  if (usesCalico(checked.plan) !== true) return;
  const routers = routersByNetwork(checked);
  for (const [network, nodes] of carriersOf(checked)) {
    const [, second, ...more] = routers.get(network) ?? [];
    if (!second) continue;
    yield {
      at: ['routers', second.name, 'addresses', network],
      problem: `${counted(nodes)} would peer with ${more.length + 2} routers on network ${network}: while one of them is down, a node that starts waits 240 s before it uses any route`,
    };
  }
}

/** By arithmetic, before anything is made for each of them. */
function* tooManySessions(checked: CheckedPlan): Iterable<Violation> {
  if (usesCalico(checked.plan) !== true) return;
  const routers = routersByNetwork(checked);
  const perNetwork = [...carriersOf(checked)].map(([network, nodes]) => ({
    network,
    nodes,
    peers: routers.get(network)?.length ?? 0,
  }));
  const sessions = perNetwork.reduce((sum, { nodes, peers }) => sum + peers * nodes.length, 0);
  if (sessions <= MOST_SESSIONS) return;
  const [most] = perNetwork.toSorted((a, b) => b.peers * b.nodes.length - a.peers * a.nodes.length);
  if (!most) return;
  yield {
    at: ['routers'],
    problem: `the plan has ${sessions} BGP sessions between routers and nodes, more than ${MOST_SESSIONS}: each router on a network has one with each node there, such as ${most.peers} routers with ${counted(most.nodes)} on network ${most.network}`,
  };
}

/**
 * A router on several networks of nodes has a session for each, named after router and network: `home-a` of router home
 * on network a. Another router may be called so, or give the same name by another hyphen.
 */
function* sessionNames(checked: CheckedPlan): Iterable<Violation> {
  if (usesCalico(checked.plan) !== true) return;
  const routers = routersByNetwork(checked);
  const networksOfRouter = new Map<string, string[]>();
  for (const network of carriersOf(checked).keys())
    for (const { name } of routers.get(network) ?? [])
      networksOfRouter.set(name, [...(networksOfRouter.get(name) ?? []), network]);
  const holders = new Map<string, string>();
  // In the order of the plan: the later one is the one to rename.
  for (const [router] of entries(checked.plan.routers)) {
    const networks = networksOfRouter.get(router) ?? [];
    for (const network of networks) {
      const session = sessionName(router, network, networks.length);
      const other = holders.get(session);
      if (other === undefined || other === router) holders.set(session, router);
      else
        yield {
          at: ['routers', router],
          problem: `routers ${other} and ${router} would both have a BGP session named ${session}: one BGPPeer would replace the other`,
          remedy: `rename router ${router}, or a network of ${other}`,
        };
    }
  }
}

function counted(nodes: readonly string[]): string {
  return nodes.length === 1 ? `node ${nodes[0] ?? ''}` : `${nodes.length} nodes`;
}

export const bgpRules: readonly Rule[] = [
  {
    code: 'bgp/asn-range',
    severity: 'error',
    summary: `AS numbers are ${span(AS_NUMBER)} (the maximum of Calico's API), except ${RESERVED_AS.join(' and ')} (both reserved).`,
    remedy: `choose a private AS number: ${span(PRIVATE_AS)}`,
  },
  {
    code: 'bgp/hold-range',
    severity: 'error',
    summary: `The hold time is ${span(HOLD)} seconds (RFC 4271).`,
    remedy: `write hold: ${DEFAULT_HOLD}, or leave it out`,
  },
  {
    code: 'bgp/keepalive-range',
    severity: 'error',
    summary: `The keepalive time is ${span(KEEPALIVE)} seconds, a third of the longest hold time.`,
    remedy: `write keepalive: ${DEFAULT_KEEPALIVE}, or leave it out`,
  },
  {
    code: 'bgp/keepalive-hold',
    severity: 'error',
    summary: 'The keepalive time is at most a third of the hold time (RFC 4271).',
    remedy: 'raise hold or lower keepalive',
    check: keepaliveHold,
  },
  {
    code: 'bgp/vyos-hold',
    severity: 'error',
    summary: 'With a VyOS router the hold time is at least 4 seconds.',
    remedy: `write hold: ${DEFAULT_HOLD} and keepalive: ${DEFAULT_KEEPALIVE}, or leave both out`,
    check: shortestHold,
  },
  {
    code: 'bgp/no-asn',
    severity: 'error',
    summary: 'Every router has an AS number, unless pods are bridged or of an existing network.',
    remedy: `add it, such as asn: ${PRIVATE_AS.minimum}`,
    check: noAsn,
  },
  {
    code: 'bgp/distinct-asn',
    severity: 'error',
    summary: 'Routers of different sites have different AS numbers.',
    remedy: `give each site an AS number of its own: ${span(PRIVATE_AS)}`,
    check: distinctAsn,
  },
  {
    code: 'bgp/nodes-asn',
    severity: 'error',
    summary: 'An AS number of the nodes (bgp.asn) is that of no router, or that of every router.',
    remedy: `give the nodes an AS number that no router has (${span(PRIVATE_AS)}), or leave out bgp.asn: nodes then have the number of their router`,
    check: nodesAsn,
  },
  {
    code: 'bgp/mesh-network',
    severity: 'error',
    summary: 'With bgp.mesh one network carries the pods of all nodes.',
    remedy: 'leave out bgp.mesh: the routers pass on the routes between their networks',
    check: meshNetwork,
  },
  {
    code: 'bgp/mesh-size',
    severity: 'warning',
    summary: `A mesh (bgp.mesh) has at most ${LARGEST_MESH} nodes.`,
    remedy: 'leave out bgp.mesh, and give the router a standby that shares its address (VRRP)',
    check: meshSize,
  },
  {
    code: 'bgp/no-router',
    severity: 'error',
    summary: 'Every network that carries routed or on-lan pods has a router.',
    remedy: 'add the router with its software, asn and addresses under routers',
    check: noRouter,
  },
  {
    code: 'bgp/no-password',
    severity: 'warning',
    summary: 'BGP sessions have a password.',
    remedy:
      'add bgp: {passwordSecret: {name: flatlan-bgp-password, key: password}}; never write the password itself in the plan',
    check: noPassword,
  },
  {
    code: 'bgp/session-names',
    severity: 'error',
    summary: 'No two BGP sessions have one name: that of the router, with its network where it has several with nodes.',
    remedy: 'rename one of the routers',
    check: sessionNames,
  },
  {
    code: 'bgp/too-many-sessions',
    severity: 'error',
    summary: `All routers together have at most ${MOST_SESSIONS} BGP sessions with nodes.`,
    remedy:
      'let one router peer with the nodes of a network and remove the addresses of the others there; a standby router can share the address of the first (VRRP)',
    first: true,
    check: tooManySessions,
  },
  {
    code: 'bgp/many-peers',
    severity: 'warning',
    summary: 'A node peers with one router.',
    remedy:
      'let one router peer with the nodes and remove the address of the other on this network; a standby router can share the address of the first (VRRP)',
    check: manyPeers,
  },
];
