/**
 * Rules about ways: from site to site, from nodes to the internet, from clients to pods, from the router to a pool.
 *
 *     internet --- gateway --- network --- node       the gateway is the router that learns the routes to pods by BGP;
 *                                |                    a gateway that does not has no way to pods, nor they to the internet
 *     site a ---- link ---- site b
 */
import { carrying, namedCarriers, networksOf } from '../carrier.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import { islands } from '../islands.ts';
import { once } from '../once.ts';
import { linkEnds, privateEnds } from './reachability-links.ts';
import type { Rule, Violation } from './rule.ts';
import {
  carriersOf,
  defaultRoutesOf,
  hostsOf,
  routersByNetwork,
  usesCalico,
  type Host,
  type RouterOnNetwork,
  ports,
} from './view/topology.ts';

function* links({ plan }: CheckedPlan): Iterable<[string, string]> {
  for (const [, { between }] of entries(plan.links)) {
    const [a, b] = between ?? [];
    if (a !== undefined && b !== undefined) yield [`router ${a}`, `router ${b}`];
  }
}

function* sites(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  if (usesCalico(plan) !== true || incomplete(['links']) || incomplete(['routers'])) return;
  // A link that does not join two routers of the plan has a finding of its own, and would join these.
  if (entries(plan.links).some(([, { between }]) => !joinsTwo(plan, between))) return;
  const routers = routersByNetwork(checked);
  // A network without a router has a finding of its own (bgp/no-router).
  const [first, ...others] = [...carriersOf(checked)].filter(([network]) => routers.has(network));
  if (!first) return;
  const island = islands([...ports(entries(plan.routers)), ...links(checked)]);
  const seen = new Set([island(`network ${first[0]}`)]);
  for (const [network, nodes] of others) {
    const own = island(`network ${network}`);
    const [here] = routers.get(network) ?? [];
    const [there] = routers.get(first[0]) ?? [];
    if (seen.has(own) || !here || !there) continue;
    seen.add(own);
    yield {
      at: ['routers', here.name],
      problem: `${namesOf(nodes)} behind router ${here.name} and ${namesOf(first[1])} behind router ${there.name} have no way to each other: no link joins the two sites, and no network has both routers`,
      remedy: `add a link: links: {${there.name}-${here.name}: {between: [${there.name}, ${here.name}], ...}}; or give both routers an address on one network`,
    };
  }
}

function joinsTwo({ routers }: CheckedPlan['plan'], [a, b]: readonly (string | undefined)[] = []): boolean {
  return a !== undefined && b !== undefined && a !== b && routers?.[a] !== undefined && routers[b] !== undefined;
}

/** Of more than this, a message says the number. */
const FEW = 3;

function namesOf(nodes: readonly string[]): string {
  if (nodes.length > FEW) return `${nodes.length} nodes`;
  return `node${nodes.length === 1 ? '' : 's'} ${nodes.join(', ')}`;
}

interface Gateway {
  readonly network: string;
  readonly at: Path;
  /** `192.168.3.254 of network k8s` */
  readonly what: string;
  readonly routers: readonly RouterOnNetwork[];
  /** The reserved device that has its address. */
  readonly device: string | undefined;
}

/** The gateways of networks with nodes or clients and with routers of the plan, none of which has the gateway's address. */
function* otherGateways(checked: CheckedPlan): Iterable<Gateway> {
  const { plan, incomplete } = checked;
  if (usesCalico(plan) !== true || incomplete(['routers'])) return;
  const routers = routersByNetwork(checked);
  const carriers = carriersOf(checked);
  const nodes = new Set(hostsOf(checked).flatMap((host) => (host.kind === 'node' ? [keyOf(host)] : [])));
  for (const [network, { gateway, clients, reserved, subnet }] of entries(plan.networks)) {
    const here = routers.get(network);
    if (!gateway || !here || !(carriers.has(network) || clients) || incomplete(['networks', network])) continue;
    // Outside its subnet, or a node's: findings of their own.
    if (!subnet?.contains(gateway) || nodes.has(keyOf({ network, address: gateway }))) continue;
    if (here.some(({ address }) => address.equals(gateway))) continue;
    const device = entries(reserved).find(([, address]) => address.equals(gateway));
    const at = ['networks', network, 'gateway'];
    yield { network, at, what: `${String(gateway)} of network ${network}`, routers: here, device: device?.[0] };
  }
}

function keyOf({ network, address }: Pick<Host, 'network' | 'address'>): string {
  return `${network} ${address.value}`;
}

function* unknownGateway(checked: CheckedPlan): Iterable<Violation> {
  for (const { network, at, what, routers, device } of otherGateways(checked)) {
    const [router] = routers;
    if (device !== undefined || !router) continue;
    yield {
      at,
      problem: `no device of the plan has the gateway's address ${what}; router ${router.name} has ${String(router.address)} there`,
      remedy: `write gateway: ${String(router.address)}; or, if another device is the gateway (or routers share that address by VRRP), add it under networks.${network}.reserved`,
    };
  }
}

function* gatewayWithoutBgp(checked: CheckedPlan): Iterable<Violation> {
  const carriers = carriersOf(checked);
  for (const { network, at, what, routers, device } of otherGateways(checked)) {
    const [router] = routers;
    if (device === undefined || !router) continue;
    const { name, address } = router;
    const { pods, kubernetes } = checked.plan;
    const services = kubernetes?.advertiseServices ? kubernetes.services : undefined;
    const told = [pods?.subnet, ...checked.pools.flatMap(({ subnets }) => subnets), services].filter(
      (subnet) => subnet !== undefined,
    );
    // The nodes' own gateway: what pods send to the internet does not pass the router.
    const carrier = carriers.has(network);
    const internet = carrier ? ', and it does not translate the addresses of pods for the internet' : '';
    const translator = carrier ? 'there' : `there or on ${name}`;
    yield {
      at,
      problem: `the gateway ${what} is ${device}, not router ${name}: no BGP session tells it the way to pods and load balancers, so devices that use it do not reach them${internet}`,
      remedy: `add static routes on ${device} for ${told.map(String).join(' and ')} with next hop ${String(address)}, and NAT for the pods ${translator}; or make ${name} the gateway: gateway: ${String(address)} (also in DHCP)`,
    };
  }
}

const withoutDefaultRoute = once((checked: CheckedPlan): readonly Violation[] => [...defaultRoute(checked)]);

function* defaultRoute({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const carrierOf = carrying(plan);
  for (const [node, value] of entries(plan.nodes)) {
    const at: Path = ['nodes', node, 'interfaces'];
    const own = [...networksOf(value)];
    if (own.length === 0 || incomplete(at)) continue;
    if (own.some((network) => incomplete(['networks', network]) || !plan.networks?.[network])) continue;
    // Off the network that carries pods: a finding of its own.
    const carrier = carrierOf(value) ?? (namedCarriers(plan) ? undefined : own[0]);
    if (carrier === undefined || defaultRoutesOf(plan, value).length > 0) continue;
    const refusing = entries(value.interfaces).filter(
      ([, one]) => one.defaultRoute === 'none' && one.network !== undefined && plan.networks?.[one.network]?.gateway,
    );
    const [first] = refusing.find(([, { network }]) => network === carrier) ?? refusing[0] ?? [];
    const why = first
      ? `${first} has defaultRoute: none`
      : own.length === 1
        ? `network ${own.join()} has no gateway`
        : `networks ${own.join(' and ')} have no gateway`;
    yield {
      at,
      problem: `node ${node} has no default route: ${why}; it would pull no image and get no time, and k3s does not start`,
      remedy: first
        ? `remove defaultRoute: none from ${first}`
        : `add gateway to network ${carrier}: the router's address there`,
    };
  }
}

/** Of a network with nodes that have no default route either, the finding of those is enough. */
function* clientsWithoutGateway(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  if (usesCalico(plan) !== true) return;
  const routers = routersByNetwork(checked);
  const stranded = new Set(withoutDefaultRoute(checked).map(({ at }) => at[1]));
  for (const [name, { clients, gateway }] of entries(plan.networks)) {
    const [router] = routers.get(name) ?? [];
    if (clients !== true || gateway || !router || incomplete(['networks', name])) continue;
    if (entries(plan.nodes).some(([node, value]) => stranded.has(node) && networksOf(value).has(name))) continue;
    yield {
      at: ['networks', name],
      problem: `network ${name} has devices of people and no gateway: they know no way to pods, services and load balancers`,
      remedy: `add gateway: ${String(router.address)}, the address of router ${router.name} there`,
    };
  }
}

/** A network that carries pods and has no router has a finding of its own (bgp/no-router). */
function* clientsWithoutRouter(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  if (usesCalico(plan) !== true || incomplete(['routers']) || incomplete(['pods']) || incomplete(['nodes'])) return;
  const routers = routersByNetwork(checked);
  const carriers = carriersOf(checked);
  const [speaker] = [...carriers.keys()].flatMap((carrier) => routers.get(carrier) ?? []);
  if (!speaker) return;
  for (const [name, { clients, gateway, reserved }] of entries(plan.networks)) {
    if (clients !== true || routers.has(name) || carriers.has(name) || incomplete(['networks', name])) continue;
    const device = entries(reserved).find(([, address]) => gateway?.equals(address))?.[0];
    const way = gateway ? `, and ${device ?? `its gateway ${String(gateway)}`} learns none by BGP` : '';
    yield {
      at: ['networks', name],
      problem: `network ${name} has devices of people and no router of the plan: they know no way to pods and load balancers${way}`,
      remedy: `add the address of a router there, such as routers.${speaker.name}.addresses: {${name}: ...}; or remove clients: true if they need no way to them`,
    };
  }
}

function* preferredWithoutGateway({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [node, { interfaces }] of entries(plan.nodes))
    for (const [name, { network, defaultRoute: wish }] of entries(interfaces)) {
      if (wish !== 'preferred' || network === undefined) continue;
      const lan = plan.networks?.[network];
      if (!lan || lan.gateway || incomplete(['networks', network, 'gateway'])) continue;
      const routed = entries(interfaces).find(
        ([, other]) => other.network !== undefined && plan.networks?.[other.network]?.gateway,
      );
      yield {
        at: ['nodes', node, 'interfaces', name, 'defaultRoute'],
        problem: `node ${node} prefers the default route of ${name}, but network ${network} has no gateway`,
        remedy: routed
          ? `move defaultRoute: preferred to ${routed[0]}, or add gateway to network ${network}`
          : `add gateway to network ${network}`,
      };
    }
}

/** The answers of pods leave by the uplink's gateway whatever is preferred; what pods and nodes begin themselves does not. */
function* preferredPastPods({ plan }: CheckedPlan): Iterable<Violation> {
  if (usesCalico(plan) !== true) return;
  const carrierOf = carrying(plan);
  for (const [node, value] of entries(plan.nodes)) {
    const carrier = carrierOf(value);
    if (carrier === undefined || !plan.networks?.[carrier]?.gateway) continue;
    const ways = defaultRoutesOf(plan, value);
    const preferred = ways.filter(([, { defaultRoute: wish }]) => wish === 'preferred');
    // Several of which one is to be preferred have a finding of their own.
    const [taken, ...others] = preferred.length > 0 ? preferred : ways;
    if (!taken || others.length > 0 || taken[1].network === carrier) continue;
    const [name, { network = '' }] = taken;
    const uplink = entries(value.interfaces).find(([, one]) => one.network === carrier)?.[0] ?? '';
    const refused = value.interfaces?.[uplink]?.defaultRoute === 'none';
    yield {
      at: ['nodes', node, 'interfaces', refused ? uplink : name, 'defaultRoute'],
      problem: `the default route of node ${node} is by ${name} on network ${network}, but its pods are on network ${carrier}: what pods send to the internet leaves by network ${network}, the answers come by network ${carrier}, and a stateful router may drop them`,
      remedy: refused
        ? `write defaultRoute: preferred in place of none on ${uplink}`
        : `move defaultRoute: preferred to the interface on network ${carrier}`,
    };
  }
}

function* poolAnnounced(checked: CheckedPlan): Iterable<Violation> {
  const { plan, pools, names, incomplete } = checked;
  if (usesCalico(plan) !== true || incomplete(['nodes']) || incomplete(['routers']) || incomplete(['pods'])) return;
  const routers = routersByNetwork(checked);
  const peers = new Set(
    [...carriersOf(checked).keys()].flatMap((one) => routers.get(one) ?? []).map(({ name }) => name),
  );
  if (peers.size === 0) return;
  for (const { router, path } of pools)
    if (router !== undefined && names.routers?.has(router) && !peers.has(router))
      yield {
        at: path,
        problem: `router ${router} has no node behind it, so no BGP session announces its load balancer addresses`,
        remedy: `give the addresses to a router with nodes, ${[...peers].slice(0, FEW).join(' or ')}; or remove them`,
      };
}

export const reachabilityRules: readonly Rule[] = [
  {
    code: 'reachability/sites',
    severity: 'error',
    summary: 'Sites with nodes are joined by links, or by a network that both routers are on.',
    remedy: 'add a link between the two routers',
    check: sites,
  },
  {
    code: 'reachability/link-ends',
    severity: 'warning',
    summary: 'One end of a link has a public name or address.',
    remedy: 'add public to one of the two routers',
    check: linkEnds,
  },
  {
    code: 'reachability/private-end',
    severity: 'warning',
    summary: 'The public address of a router at the end of a link is one of the internet, not a private one.',
    remedy: 'write the name or address of its internet line',
    check: privateEnds,
  },
  {
    code: 'reachability/unknown-gateway',
    severity: 'error',
    summary: 'The gateway of a network is a router or a reserved device of the plan.',
    remedy: "write the router's address, or add the device under reserved",
    check: unknownGateway,
  },
  {
    code: 'reachability/gateway-without-bgp',
    severity: 'warning',
    summary: 'The gateway of nodes and clients is a router of the plan, which learns the routes to pods by BGP.',
    remedy: 'add static routes on the gateway, or make the router the gateway',
    check: gatewayWithoutBgp,
  },
  {
    code: 'reachability/default-route',
    severity: 'warning',
    summary: 'Every node has a default route: one of its networks has a gateway.',
    remedy: 'add gateway to the network',
    check: withoutDefaultRoute,
  },
  {
    code: 'reachability/clients-without-gateway',
    severity: 'warning',
    summary: "A network of people's devices has a gateway, by which they reach pods.",
    remedy: "add gateway to the network: the router's address there",
    check: clientsWithoutGateway,
  },
  {
    code: 'reachability/clients-without-router',
    severity: 'warning',
    summary: "A router of the plan is on every network of people's devices, so that they have a way to pods.",
    remedy: 'add the address of a router on that network, or remove clients: true',
    check: clientsWithoutRouter,
  },
  {
    code: 'reachability/preferred-without-gateway',
    severity: 'error',
    summary: 'The preferred default route is on a network with a gateway.',
    remedy: 'prefer an interface whose network has a gateway',
    check: preferredWithoutGateway,
  },
  {
    code: 'reachability/preferred-past-pods',
    severity: 'warning',
    summary: 'The preferred default route is on the network that carries pods.',
    remedy: 'prefer the interface on the network that carries pods',
    check: preferredPastPods,
  },
  {
    code: 'reachability/pool-announced',
    severity: 'error',
    summary: 'A router with load balancer addresses has nodes behind it, which announce them.',
    remedy: 'give the addresses to a router with nodes',
    check: poolAnnounced,
  },
];
