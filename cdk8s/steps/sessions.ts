/** The step in which the BGP sessions come up: what routers, the cluster and a client show then. */
import { NAMESPACE, network as networkLayer } from '../helm/layers.ts';
import { meshSessions } from '../plan/mesh-sessions.ts';
import type { CalicoNetwork } from '../plan/network/calico.ts';
import type { Neighbor, Network, Router } from '../plan/network/index.ts';
import { routers as platforms } from '../platforms/routers/index.ts';
import { METALLB_CONTROLLER } from '../values/umbrella.ts';
import { block, bullets, code, codes, LONGEST_LIST } from './markdown.ts';
import { otherGateways } from './gateways.ts';
import { bothRoutes, laterDevices, onTheLan } from './on-lan.ts';
import { fromTheHouse, onLinkRoutes } from './reached.ts';
import type { Step } from './step.ts';

export function sessionsStep(network: CalicoNetwork): Step {
  const routers = network.routers.filter(({ routing }) => routing.neighbors.length > 0);
  const routes = [...otherGateways(network), ...onLinkRoutes(network)];
  return {
    title: 'Both halves together',
    todo: [
      ...routes,
      `${routes.length > 0 ? 'Nothing else' : 'Nothing'} to change: look whether router and cluster found each other.`,
    ],
    see: [
      bullets([...routers.flatMap((router) => routerSees(network, router)), ...bothRoutes(network)]),
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
      ...nodesSee(network),
      ...routerOff(network),
      `\`kubectl get bgppeers.projectcalico.org\` lists ${network.bgp.sessions.length === 1 ? 'one peer, the router' : `${network.bgp.sessions.length} peers, the routers`}. Without its group that is MetalLB's kind, which stays empty.`,
      ...fromTheHouse(network),
      ...onTheLan(network),
      ...laterDevices(network),
    ],
    back: [routes.length > 0 ? 'Remove the routes that devices got.' : 'None needed: nothing was changed.'],
  };
}

/** What holds while no router answers (docs/facts.md#routes-of-a-router-that-is-off). */
function routerOff({ bgp: { mesh, hold }, sites, nodes }: CalicoNetwork): string[] {
  const site = sites.find((one) => one.nodes.length > 1);
  if (!site) return [];
  const sessions = meshSessions(nodes.length);
  if (mesh)
    return [
      `Nodes have a session with each other too (bgp.mesh), ${sessions === 1 ? 'one' : `${sessions} in all, one for each pair`}: \`ip route show proto bird\` lists the blocks of the others by their own addresses, and pods of different nodes reach each other while the router is off. A firewall of a node has to let in TCP 179 from the others. The price: a node that is off holds up the routes of every node that starts, for up to 240 s; routes of a node that died stay with the others as long (the hold time of BIRD, which Calico cannot change here).`,
    ];
  const offer =
    new Set(sites.map(({ network }) => network)).size === 1
      ? ` ${code('mesh: true')} under ${code('bgp')} in the plan keeps them together, by ${sessions === 1 ? 'a session between the two nodes' : `${sessions} sessions between nodes`}.`
      : '';
  return [
    `**While router ${code(site.router)} is off or restarts**, pods of different nodes behind it do not reach each other, although a switch joins the nodes: their routes come from the router. They are gone at once where it restarts, after ${hold} s (the hold time) where it loses its power, 120 s later where nodes are asked to keep them (FRR 8.4 does so), and back some seconds after the router is. Nodes reach each other meanwhile, and so do pods of one node.${offer}`,
  ];
}

/** By eBGP whether a router sends a node what has the node's own AS number in its path is up to the router. */
function nodesSee({ bgp, sites }: CalicoNetwork): string[] {
  const external = bgp.mesh
    ? undefined
    : sites.find(({ asn, nodesAsn, nodes }) => asn !== nodesAsn && nodes.length > 1);
  if (!external) return [];
  return [
    `\`ip route show proto bird\` on a node lists the blocks of the others at router ${code(external.router)}, by their own addresses. Nodes accept their AS number once in a path; if nothing is there, the router does not send it back to them: let it put its own in its place (${code('as-override')}).`,
  ];
}

function nodeLines({ nodes }: Network): string[] {
  const shown = nodes.slice(0, LONGEST_LIST);
  const width = Math.max(4, ...shown.map(({ name }) => name.length));
  return [
    `${'NAME'.padEnd(width)}   STATUS   ...`,
    ...shown.map(({ name }) => `${name.padEnd(width)}   Ready`),
    ...(nodes.length > LONGEST_LIST ? ['...'] : []),
  ];
}

function routerSees({ pods }: CalicoNetwork, { name, software, routing }: Router): string[] {
  const traits = platforms[software];
  const nodes = routing.neighbors.filter(({ kind }) => kind === 'node');
  const others = routing.neighbors.filter(({ kind }) => kind === 'router');
  const hops = nodes.flatMap(({ address }) => (address ? [address] : []));
  const via = hops.length > 0 && hops.length <= LONGEST_LIST ? codes(hops, 'or') : 'the address of its node';
  const ranges = nodes[0]?.import.filter(({ of }) => of !== 'pods').map(({ subnet }) => subnet) ?? [];
  const who = `Router ${code(name)}:`;
  return [
    ...(nodes.length > 0
      ? [
          `${who} ${traits.neighbors} shows ${nodes.length === 1 ? 'the node' : `${nodes.length} nodes`} with ${traits.established}.`,
          `${who} ${traits.routes} shows for each node with running pods at least one /${pods.blockSize} of ${code(pods.subnet)}, by ${via}; for a moment, when a pod starts, its address as a /32 too.${ranges.length > 0 ? ` ${codes(ranges)} by every node, and of each Service with externalTrafficPolicy Local its address as a /32 by the nodes that run its pods.` : ''} Nothing outside these ranges came from a node.`,
        ]
      : []),
    ...(others.length > 0
      ? [
          `${who} of ${codes(others.map((one) => one.name))}, over the links, come the blocks${ranges.length > 0 ? ', ranges and single addresses' : ''} of other sites and ${codes(wholeNetworks(others))}.`,
        ]
      : []),
  ];
}

/** Networks of other sites, each by whichever link it comes. */
function wholeNetworks(neighbors: readonly Neighbor[]): string[] {
  const all = neighbors.flatMap((one) => one.import.filter(({ shortest, longest }) => shortest === longest));
  return [...new Set(all.map(({ subnet }) => String(subnet)))];
}
