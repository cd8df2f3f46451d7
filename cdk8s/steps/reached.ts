/** What client devices reach once everything runs, and how a Service comes by an address that they reach. */
import { ADDRESS_ANNOTATION, POOL_ANNOTATION } from '../constructs/metallb/ip-address-pool.ts';
import { groupBy } from '../plan/group.ts';
import { named } from '../plan/must.ts';
import type { ClientNetwork, Network } from '../plan/network/index.ts';
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
    pools.map(({ subnet }) => subnet),
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
function choice({ loadBalancers, sites }: Network): string[] {
  const perSite = loadBalancers.filter(({ router }) => router !== undefined);
  const [first] = perSite;
  if (!first || loadBalancers.length < 2) return [];
  const some = loadBalancers.filter(({ autoAssign }) => autoAssign);
  const { router, subnet, name } = first;
  const nodes = sites.filter((site) => site.router === router).flatMap((site) => site.nodes);
  return [
    'Load balancer addresses are announced at one site each, and a Service chooses by an annotation whose they are:',
    table(
      ['pool', 'addresses', 'announced by the nodes behind', 'reached from', 'without an annotation'],
      loadBalancers.map((pool) => [
        code(pool.name),
        code(pool.subnet),
        pool.router === undefined ? 'every router' : code(pool.router),
        pool.clients.length > 0 ? codes(pool.clients) : 'pods and nodes',
        pool.autoAssign ? 'given too' : 'never given: not everybody reaches it',
      ]),
    ),
    `${code(`${POOL_ANNOTATION}: ${name}`)} takes one of ${code(subnet)}, ${code(`${ADDRESS_ANNOTATION}: ${String(subnet.at(Math.min(10, subnet.size - 1)))}`)} this one. ${some.length > 0 ? 'A Service with neither gets one of any pool that is given without.' : 'A Service with neither gets none.'}`,
    `With ${code('externalTrafficPolicy: Local')} take the pool of the site where the pods run (${nodes.length > 0 && nodes.length <= LONGEST_LIST ? `${code(name)}: ${codes(nodes, 'or')}; ` : ''}a nodeSelector keeps them there): elsewhere nobody answers at that address. With ${code('Cluster')} the pods may run anywhere.`,
  ];
}
