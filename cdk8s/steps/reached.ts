/** What client devices reach once everything runs, and how a Service comes by an address that they reach. */
import { ADDRESS_ANNOTATION, POOL_ANNOTATION } from '../constructs/metallb/ip-address-pool.ts';
import { groupBy } from '../plan/group.ts';
import { named } from '../plan/must.ts';
import type { ClientNetwork, LoadBalancerPool, Network } from '../plan/network/index.ts';
import { code, codes, LONGEST_LIST, table } from './markdown.ts';

/** One sentence for all networks that reach the same, with what stands on the plan's routers only. */
export function fromTheHouse(network: Network): string[] {
  const same = groupBy(network.clientNetworks, ({ pools, routers, everyPod }) =>
    JSON.stringify([pools, everyPod ? [] : routers]),
  );
  return [...[...same.values()].flatMap((networks) => sentence(network, networks)), ...choice(network)];
}

function sentence({ pods, loadBalancers }: Network, networks: readonly ClientNetwork[]): string[] {
  const [first] = networks;
  if (!first) return [];
  const names = networks.map(({ name }) => name);
  const pools = first.pools.map((name) => named(loadBalancers, name, 'load balancer pool'));
  const chosen = pools.some(({ autoAssign }) => !autoAssign) ? ' that asks for it (below)' : '';
  const service = `a Service of type LoadBalancer${chosen} gets an address of ${codes(
    pools.map(({ addresses }) => addresses),
    'or',
  )} and opens in a browser`;
  return [
    `From a device on network ${codes(names, 'or')}: \`ping\` to the address of any pod${whosePods(first)} (\`kubectl get pods --all-namespaces --output wide\`, of ${code(pods.subnet)}) is answered${pools.length > 0 ? `; ${service}` : ''}.`,
  ];
}

/** Empty where that is every pod of the cluster. */
function whosePods({ everyPod, routers }: ClientNetwork): string {
  if (everyPod) return '';
  return routers.length === 0 ? ' (none: no site is joined to it)' : ` of a node behind ${codes(routers)}`;
}

/** MetalLB takes the first free address of any pool with autoAssign, wherever the Service's pods run. */
function choice(network: Network): string[] {
  const { loadBalancers } = network;
  const [first, ...others] = loadBalancers;
  if (!first) return [];
  const example = exampleOf(first);
  const one = code(`${ADDRESS_ANNOTATION}: ${example}`);
  if (others.length === 0)
    return [
      first.autoAssign
        ? `A Service keeps one address by the annotation ${one}, any that no other Service has.`
        : `A Service gets an address by an annotation only: ${code(`${POOL_ANNOTATION}: ${first.name}`)} asks for any, ${one} for this one.`,
    ];
  const someGiven = loadBalancers.some(({ autoAssign }) => autoAssign);
  const severalSites = new Set(loadBalancers.map(({ router }) => router)).size > 1;
  return [
    severalSites
      ? 'Load balancer addresses are announced at one site each, and a Service chooses by an annotation whose they are:'
      : 'A Service chooses by an annotation which pool its address is of:',
    table(
      ['pool', 'addresses', 'announced by the nodes behind', 'reached from', 'without an annotation'],
      loadBalancers.map((pool) => [
        code(pool.name),
        code(pool.addresses),
        pool.router === undefined ? 'every router' : code(pool.router),
        pool.clients.length > 0 ? codes(pool.clients) : 'pods and nodes',
        pool.autoAssign ? 'given too' : `never given: ${whyNotGiven(network, pool)}`,
      ]),
    ),
    `${code(`${POOL_ANNOTATION}: ${first.name}`)} takes one of ${code(first.addresses)}, ${one} this one. ${someGiven ? 'A Service with neither gets one of any pool that is given without.' : 'A Service with neither gets none.'}`,
    ...(severalSites ? [withPolicyLocal(network, first)] : []),
  ];
}

/** An address that MetalLB gives out. */
function exampleOf({ addresses: { first, last } }: LoadBalancerPool): string {
  return String(first.plus(Math.min(10, last.value - first.value)));
}

function whyNotGiven({ clientNetworks }: Network, pool: LoadBalancerPool): string {
  return clientNetworks.every(({ name }) => pool.clients.includes(name))
    ? 'the plan says so (`autoAssign`)'
    : 'not everybody reaches it';
}

function withPolicyLocal({ sites }: Network, { router, name }: LoadBalancerPool): string {
  const nodes = sites.filter((site) => site.router === router).flatMap((site) => site.nodes);
  const whose = nodes.length > 0 && nodes.length <= LONGEST_LIST ? `${code(name)}: ${codes(nodes, 'or')}; ` : '';
  return `With ${code('externalTrafficPolicy: Local')} take the pool of the site where the pods run (${whose}a nodeSelector keeps them there): elsewhere nobody answers at that address. With ${code('Cluster')} the pods may run anywhere.`;
}

/** Only where calico-node does it for pods (docs/facts.md#arp-for-pods). */
function answeredBy(pods: Network['pods'], network: string): string {
  return pods.mode === 'on-lan' && pods.answersArp === 'calico' && pods.network === network
    ? 'one node answers, whether it runs pods of the Service or not (which externalTrafficPolicy Local does not survive)'
    : 'no node answers';
}

/** What devices need whose own network contains a pool. */
export function onLinkRoutes({ loadBalancers, segments, pods }: Network): string[] {
  return loadBalancers.flatMap(({ addresses, subnets, onLink }) => {
    if (!onLink) return [];
    const { gateway } = named(segments, onLink.network, 'network');
    const nextHop = code(onLink.nextHop ?? `the router's address there`);
    const other = gateway
      ? `, together with ${code('0.0.0.0/0')} by ${code(gateway)}, because a device that takes option 121 ignores option 3`
      : '';
    return [
      `Load balancer addresses ${code(addresses)} are inside network ${code(onLink.network)}: its devices ask for them by ARP, and ${answeredBy(pods, onLink.network)}. Each of them needs a route to ${codes(subnets)} by ${nextHop}. DHCP option 121 (RFC 3442) gives it${other}. A device that does not take option 121, or has no DHCP, needs the route by hand, or does not reach these addresses. Verify on a device: ${code(`ip route get ${String(addresses.first)}`)} (Linux) names ${nextHop}. Devices on other networks need nothing.`,
    ];
  });
}
