/** The moment when both halves meet: what routers, cluster and a device of the house see. */
import { NAMESPACE, network as networkLayer } from '../helm/layers.ts';
import type { Network, Router } from '../plan/network.ts';
import { METALLB_CONTROLLER } from '../values/umbrella.ts';
import { block, bullets, code, codes } from './markdown.ts';
import { routerWords } from './router-words.ts';
import type { Step } from './step.ts';

export function sessionsStep(network: Network): Step {
  const routers = network.routers.filter(({ name }) => network.sites.some((site) => site.router === name));
  return {
    title: 'Both halves together',
    todo: ['Nothing to change: look whether router and cluster found each other.'],
    see: [
      bullets(routers.flatMap((router) => routerSees(network, router))),
      block('console', [
        '$ kubectl get tigerastatus calico ippools',
        'NAME      AVAILABLE   PROGRESSING   DEGRADED   ...',
        'calico    True        False         False',
        'ippools   True        False         False',
        '$ kubectl get nodes',
        ...nodeLines(network),
        `$ kubectl rollout status deployment/${METALLB_CONTROLLER} --namespace ${NAMESPACE} --timeout 3m`,
        `deployment "${METALLB_CONTROLLER}" successfully rolled out`,
        `$ helm test ${networkLayer.release} --namespace ${NAMESPACE} --logs`,
        '...',
        'Phase: Succeeded',
      ]),
      `\`kubectl get bgppeers.projectcalico.org\` lists ${network.bgp.sessions.length === 1 ? 'one peer, the router' : `${network.bgp.sessions.length} peers, the routers`}. Without its group that is MetalLB's kind, which stays empty.`,
      ...fromTheHouse(network),
    ],
    back: ['None needed: nothing was changed.'],
  };
}

const LONGEST_LIST = 8;

function nodeLines({ nodes }: Network): string[] {
  const shown = nodes.slice(0, LONGEST_LIST);
  const width = Math.max(4, ...shown.map(({ name }) => name.length));
  return [
    `${'NAME'.padEnd(width)}   STATUS   ...`,
    ...shown.map(({ name }) => `${name.padEnd(width)}   Ready`),
    ...(nodes.length > LONGEST_LIST ? ['...'] : []),
  ];
}

function routerSees(network: Network, router: Router): string[] {
  const { pods, loadBalancers, nodes, sites } = network;
  const words = routerWords[router.software];
  const own = sites.filter((site) => site.router === router.name);
  const names = new Set(own.flatMap((site) => site.nodes));
  const hops = nodes.flatMap(({ name, uplink }) => (names.has(name) && uplink.address ? [uplink.address] : []));
  const via = hops.length > 0 && hops.length <= LONGEST_LIST ? codes(hops, 'or') : 'the address of its node';
  const pools = loadBalancers.filter((pool) => pool.router === undefined || pool.router === router.name);
  return [
    `Router ${code(router.name)}: ${words.sessions} shows ${names.size === 1 ? 'the node' : `${names.size} nodes`} with ${words.established}.`,
    `Router ${code(router.name)}: ${words.routes} shows a block of ${code(pods.subnet)} a node with running pods, each a /${pods.blockSize}, by ${via}${pools.length > 0 ? `; and ${codes(pools.map(({ subnet }) => subnet))} by every node` : ''}. No other route came from a node.`,
  ];
}

/** From a device of the people who live there. */
function fromTheHouse({ segments, loadBalancers, pods }: Network): string[] {
  const clients = segments.filter((segment) => segment.clients).map(({ name }) => name);
  if (clients.length === 0) return [];
  const [pool] = loadBalancers;
  return [
    `From a device on network ${codes(clients, 'or')}: \`ping\` to the address of any pod (\`kubectl get pods --all-namespaces --output wide\`, of ${code(pods.subnet)}) is answered${
      pool
        ? `; a Service of type LoadBalancer gets an address of ${codes(
            loadBalancers.map(({ subnet }) => subnet),
            'or',
          )} and opens in a browser`
        : ''
    }.`,
  ];
}
