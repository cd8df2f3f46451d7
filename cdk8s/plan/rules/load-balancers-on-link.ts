/**
 * Rules about load balancer addresses of a network. Devices there ask for such an address by ARP, and no node answers, since
 * flatlan has no MetalLB speaker; a route to it that is more specific than the network's own leads them to the router:
 *
 *     device --ARP?--> network            nobody answers
 *     device --route by the gateway--> router --BGP--> node
 */
import { isBuggy, type Address } from '../../address/index.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { nestedSubnets, relation, type NamedSubnet } from './view/subnets.ts';
import { hostsOf } from './view/topology.ts';

interface InNetwork {
  readonly pool: NamedSubnet;
  readonly network: NamedSubnet;
  readonly how: string;
}

/** Each pool that shares addresses with a network, once. */
function* inNetworks(checked: CheckedPlan): Iterable<InNetwork> {
  const reported = new Set<NamedSubnet>();
  for (const { inner, around } of nestedSubnets(checked)) {
    const wanted =
      inner.kind === 'load-balancers' ? 'network' : inner.kind === 'network' ? 'load-balancers' : undefined;
    const outer = around.find((one) => one.kind === wanted);
    if (!outer) continue;
    const [pool, network] = inner.kind === 'load-balancers' ? [inner, outer] : [outer, inner];
    if (reported.has(pool)) continue;
    reported.add(pool);
    yield { pool, network, how: relation(pool.addresses, network.addresses) };
  }
}

function attachmentTo({ plan }: CheckedPlan, name: string): string | undefined {
  return entries(plan.attachments).find(([, { network }]) => network === name)?.[0];
}

function textOf({ pool, network, how }: InNetwork): string {
  return `${String(pool.addresses)} of ${pool.what} ${how} ${String(network.addresses)} of ${network.what}`;
}

function* insideNetwork(checked: CheckedPlan): Iterable<Violation> {
  for (const found of inNetworks(checked)) {
    const [, name = ''] = found.network.path.map(String);
    // These have findings of their own, which are errors.
    const worse = takenOf(checked, found).length > 0 || attachmentTo(checked, name) !== undefined;
    if (found.how !== 'is inside' || worse) continue;
    const gateway = checked.plan.networks?.[name]?.gateway;
    yield {
      at: found.pool.path,
      problem: `${textOf(found)}: devices there resolve such an address by ARP on their own network, and nothing answers`,
      remedy: `choose a subnet that no network uses: the router learns the route to it by BGP; or give every device of ${found.network.what} a route to these addresses by ${gateway ? String(gateway) : 'the router'} (DHCP option 121, which STEPS.md has)`,
    };
  }
}

function* coversNetwork(checked: CheckedPlan): Iterable<Violation> {
  for (const found of inNetworks(checked))
    if (found.how !== 'is inside')
      yield {
        at: found.pool.path,
        problem: `${textOf(found)}: MetalLB would give Services addresses of its devices`,
      };
}

/** A message names this many at most. */
const LONGEST_LIST = 4;

/** What of a network has an address of a pool inside it, in words. */
function takenOf(checked: CheckedPlan, { pool, network }: InNetwork): string[] {
  const [, name = ''] = network.path.map(String);
  const { addresses } = pool;
  const here = new Map<string, string>();
  for (const host of hostsOf(checked))
    if (host.network === name && addresses.contains(host.address)) here.set(String(host.address), `of ${host.who}`);
  for (const [end, role] of ends(network))
    if (addresses.contains(end) && isGiven(checked, pool, end))
      here.set(String(end), `(the ${role} address of network ${name})`);
  const listed = [...here].slice(0, LONGEST_LIST).map((one) => one.join(' '));
  if (here.size > LONGEST_LIST) listed.push(`${here.size - LONGEST_LIST} more`);
  const range = checked.plan.networks?.[name]?.dhcp?.range;
  if (range?.overlaps(addresses)) listed.push(`addresses of the DHCP range ${String(range)}`);
  return listed;
}

function* taken(checked: CheckedPlan): Iterable<Violation> {
  for (const found of inNetworks(checked)) {
    const listed = found.how === 'is inside' ? takenOf(checked, found) : [];
    if (listed.length === 0) continue;
    const { addresses, what, path } = found.pool;
    yield {
      at: path,
      problem: `${String(addresses)} of ${what} contains ${listed.join(', ')}: MetalLB would give a Service an address that is in use`,
    };
  }
}

/** route-fix refuses a lease whose network contains addresses of the cluster: their traffic would go to the LAN. */
function* attached(checked: CheckedPlan): Iterable<Violation> {
  for (const found of inNetworks(checked)) {
    const attachment = attachmentTo(checked, String(found.network.path[1]));
    if (found.how !== 'is inside' || attachment === undefined) continue;
    yield {
      at: found.pool.path,
      problem: `${textOf(found)}, which attachment ${attachment} leads to: its pods would send what is for Services to the LAN, so they refuse every address there`,
    };
  }
}

function ends({ addresses }: NamedSubnet): [Address, string][] {
  return [
    [addresses.first, 'network'],
    [addresses.last, 'broadcast'],
  ];
}

/** MetalLB gives it to a Service. */
function isGiven({ pools }: CheckedPlan, { path }: NamedSubnet, address: Address): boolean {
  const pool = pools.find(({ at }) => at === path);
  return !(pool?.avoidBuggyIPs === true && isBuggy(address));
}

export const onLinkRules: readonly Rule[] = [
  {
    code: 'load-balancers/inside-network',
    severity: 'warning',
    summary: 'Load balancer addresses are outside every network.',
    remedy: 'choose a subnet that no network uses; the router learns the route to it by BGP',
    check: insideNetwork,
  },
  {
    code: 'load-balancers/covers-network',
    severity: 'error',
    summary: 'Load balancer addresses are no whole network, and none that reaches out of one.',
    remedy: 'choose a subnet that no network uses; the router learns the route to it by BGP',
    check: coversNetwork,
  },
  {
    code: 'load-balancers/attached-network',
    severity: 'error',
    summary: 'Load balancer addresses are outside the networks of attachments.',
    remedy: 'choose a subnet that no network uses; the router learns the route to it by BGP',
    check: attached,
  },
  {
    code: 'load-balancers/taken',
    severity: 'error',
    summary: 'Load balancer addresses inside a network belong to no device and no DHCP range of it.',
    remedy: 'choose addresses that are free there; or a subnet that no network uses',
    check: taken,
  },
];
