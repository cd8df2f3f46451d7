/**
 * From what a person wrote to what is true of every part: the only place where addresses, peers and filters are decided.
 * Expects a plan that the rules let pass; a contradiction here is a defect of the rules and throws.
 */
import { PRIVATE_AS } from '../bounds.ts';
import { clientNetworks } from './client-networks.ts';
import { groupBy } from '../group.ts';
import type { Bgp, FilterRule, LoadBalancerPool, Network, RouteFilter, Session, Site } from '../network/index.ts';
import { isCalicoPods, type CalicoPods } from '../network/calico.ts';
import { hasCalico } from '../modes.ts';
import { must } from '../must.ts';
import { clusterNetwork } from './cluster-network.ts';
import { resolveEndpoint, resolveKubernetes, told } from './kubernetes.ts';
import { selectNodes } from './node-selection.ts';
import { resolveApps } from './apps.ts';
import { resolveAttachments } from './attachments.ts';
import { resolveLinks, resolveRouters, resolveSegments } from './underlay.ts';
import { resolveNodes, type BareNode } from './nodes.ts';
import { resolvePods } from './pods.ts';
import { resolvePools } from './pools.ts';
import type { Plan } from '../schema/index.ts';
import { sessionName } from '../session-name.ts';
import { versionsOf } from './versions.ts';

export function resolve(plan: Plan): Network {
  const segments = resolveSegments(plan);
  const bare = resolveNodes(plan, segments);
  const sites = resolveSites(plan, bare);
  const pods = resolvePods(plan, segments, bare);
  const links = resolveLinks(plan);
  const loadBalancers = resolvePools(plan, segments, sites);
  const bgp = isCalicoPods(pods) ? resolveBgp(plan, sites, pods, loadBalancers) : undefined;
  const endpoint = resolveEndpoint(plan, bare);
  const nodes = told(plan, bare, pods, bgp?.sessions ?? [], endpoint);
  const kubernetes = resolveKubernetes(plan, nodes, pods, endpoint);
  const house = { segments, nodes, sites, pods, links, loadBalancers, kubernetes, bgp };
  const routers = resolveRouters(plan, house);
  const attachments = resolveAttachments(plan, { ...house, routers }, pods, loadBalancers);
  return {
    cluster: plan.cluster,
    house: plan.house,
    versions: versionsOf(plan),
    ...house,
    clusterNetwork: clusterNetwork(plan, kubernetes.cni),
    routers,
    clientNetworks: clientNetworks({ ...house, routers }),
    attachments,
    apps: resolveApps(plan, nodes, sites, attachments, loadBalancers),
  };
}

function resolveSites(plan: Plan, nodes: readonly BareNode[]): Site[] {
  // Without Calico nodes have no router that they tell of pods.
  if (!hasCalico(plan.pods.mode)) return [];
  const byNetwork = groupBy(nodes, (node) => node.network);
  const members = new Map([...byNetwork].map(([network, own]) => [network, own.map((node) => node.name)]));
  return Object.entries(plan.routers).flatMap(([router, { asn: written, addresses }]) =>
    Object.entries(addresses).flatMap(([network, address]) => {
      const own = members.get(network);
      const asn = must(written, `AS number of router ${router}`);
      return own ? [{ router, asn, nodesAsn: plan.bgp.asn ?? asn, address, network, nodes: own }] : [];
    }),
  );
}

/**
 * Nodes with an AS of their own have it in every session, and accept it in paths (docs/facts.md#nodes-with-an-as-of-their-own).
 * Otherwise they have their router's: with several sites each session brings its site's (`localAsn`), so routers see one
 * AS a site and nodes drop nothing as a loop (docs/facts.md#one-as-number-a-site).
 */
function resolveBgp(plan: Plan, sites: readonly Site[], pods: CalicoPods, pools: readonly LoadBalancerPool[]): Bgp {
  const asns = new Set(sites.map((site) => site.nodesAsn));
  const [only] = asns;
  const shared = asns.size === 1 ? only : undefined;
  const allNodes = [...new Map(sites.map((site) => [site.network, site.nodes])).values()].flat();
  const perRouter = groupBy(sites, (site) => site.router);
  const selections = new Map(
    [...groupBy(sites, ({ network }) => network)].flatMap(([network, [any]]) =>
      any ? [[network, selectNodes(network, any.nodes, allNodes)]] : [],
    ),
  );
  const sessions = sites.map((site): Session => {
    const name = sessionName(site.router, site.network, perRouter.get(site.router)?.length ?? 0);
    return {
      name,
      peer: site.address,
      peerAsn: site.asn,
      localAsn: shared === undefined ? site.nodesAsn : undefined,
      acceptsOwnAsn: site.nodesAsn !== site.asn && !plan.bgp.mesh,
      nodes: must(selections.get(site.network), `selection of the nodes on network ${site.network}`),
      filter: name,
    };
  });
  const filters = sites.map((site, index): RouteFilter => {
    const elsewhere = pools.filter((pool) => pool.router !== undefined && pool.router !== site.router);
    return {
      name: must(sessions[index], `session at router ${site.router}`).filter,
      // Nothing but pods: a default route that a router sends would land in the kernel (docs/facts.md#a-peer-without-filter).
      import: [{ action: 'accept', within: pods.subnet }, { action: 'reject' }],
      // Each block only from its owner, each pool only from its site (docs/facts.md#routes-of-others-in-the-export).
      export: [
        { action: 'reject', fromPeers: true },
        ...elsewhere.flatMap(({ subnets }) => subnets).map((within): FilterRule => ({ action: 'reject', within })),
      ],
    };
  });
  return {
    asn: shared ?? firstFreeAsn(asns),
    hold: plan.bgp.hold,
    keepalive: plan.bgp.keepalive,
    passwordSecret: plan.bgp.passwordSecret,
    mesh: plan.bgp.mesh,
    sessions,
    filters,
  };
}

/** The nodes' global AS where every session has its own: it must be no router's. */
function firstFreeAsn(taken: ReadonlySet<number>): number {
  let asn = PRIVATE_AS.minimum;
  while (taken.has(asn)) asn++;
  return asn;
}
