/**
 * The house at work: BGP spreads what nodes and routers announce, with the filters of both sides, until nothing new is
 * learned; then packets are followed hop by hop. It reads what the Network decides for nodes and routers and shares no code
 * with what decided it.
 */
import { must } from '../../../cdk8s/plan/must.ts';
import type { CalicoNetwork } from '../../../cdk8s/plan/network/calico.ts';
import type { Node, Prefixes, Router } from '../../../cdk8s/plan/network/index.ts';
import { blockOf, contains, isIn, numberOf, textOf, type Block } from './ipv4.ts';

interface Route {
  readonly to: Block;
  /** AS numbers, the last one added first. */
  readonly path: readonly number[];
  /** The address that packets are handed to. */
  readonly nextHop: number;
  /** Of the neighbor it was learned from; undefined: its own network. */
  readonly from: string | undefined;
  /** Learned from a node, so iBGP or eBGP by the site. */
  readonly fromNode: boolean;
}

type Where = { readonly router: string } | { readonly node: string } | { readonly client: string };

const MOST_HOPS = 12;

/** Somewhere outside (RFC 5737), where every router of the plan knows a way to. */
export const INTERNET = numberOf('203.0.113.1');

const lets = (filters: readonly Prefixes[], to: Block): boolean =>
  filters.some(
    ({ subnet, shortest, longest }) =>
      contains(blockOf(String(subnet)), to) && to.length >= shortest && to.length <= longest,
  );

const key = ({ to, nextHop, path }: Route): string => `${to.first}/${to.length} ${nextHop} ${path.join(' ')}`;

/** The longest match; undefined if there is none. */
function longest<T extends { readonly to: Block }>(routes: readonly T[], address: number): T[] {
  const matching = routes.filter(({ to }) => isIn(address, to));
  const length = Math.max(...matching.map(({ to }) => to.length));
  return matching.filter(({ to }) => to.length === length);
}

export class Fabric {
  readonly #learned = new Map<string, Route[]>();
  readonly #onNodes = new Map<string, Route[]>();

  constructor(readonly network: CalicoNetwork) {
    for (const { name } of network.routers) this.#learned.set(name, []);
    for (const { name } of network.nodes) this.#onNodes.set(name, network.bgp.mesh ? this.#ofOthers(name) : []);
    while (this.#spread());
  }

  /** The block of pods that a node has taken: any will do, so the nodes take theirs in turn. */
  podsOf(node: string): Block {
    const { subnet, blockSize } = this.network.pods;
    const index = this.network.nodes.findIndex(({ name }) => name === node);
    return blockOf(`${textOf(blockOf(String(subnet)).first + index * 2 ** (32 - blockSize))}/${blockSize}`);
  }

  /** What the other nodes say to a node themselves. */
  #ofOthers(node: string): Route[] {
    return this.network.nodes.flatMap(({ name, uplink }) =>
      name === node || !uplink.address
        ? []
        : [{ to: this.podsOf(name), path: [], nextHop: numberOf(String(uplink.address)), from: name, fromNode: true }],
    );
  }

  #node(name: string): Node {
    return found(this.network.nodes, name);
  }

  #router(name: string): Router {
    return found(this.network.routers, name);
  }

  #sitesOf(node: string) {
    return this.network.sites.filter(({ nodes }) => nodes.includes(node));
  }

  /** What a node announces to a router of its own accord. */
  #ownOf(node: string, router: string): Block[] {
    const { loadBalancers, kubernetes } = this.network;
    return [
      this.podsOf(node),
      ...loadBalancers
        .filter((pool) => (pool.router ?? router) === router)
        .flatMap(({ subnets }) => subnets.map((one) => blockOf(String(one)))),
      ...(kubernetes.advertiseServices ? [blockOf(String(kubernetes.services))] : []),
    ];
  }

  #spread(): boolean {
    let isNew = false;
    const learn = (routes: Route[] | undefined, route: Route): void => {
      if (!routes || routes.some((one) => key(one) === key(route))) return;
      routes.push(route);
      isNew = true;
    };
    for (const router of this.network.routers)
      for (const neighbor of router.routing.neighbors) {
        const own = this.#learned.get(router.name);
        if (neighbor.kind === 'node') {
          const site = this.#sitesOf(neighbor.name).find((one) => one.router === router.name);
          const address = this.#node(neighbor.name).uplink.address;
          if (!site || address === undefined || numberOf(String(neighbor.address)) !== numberOf(String(address)))
            continue;
          const nextHop = numberOf(String(address));
          const path = site.nodesAsn === router.asn ? [] : [site.nodesAsn];
          for (const to of this.#ownOf(neighbor.name, router.name))
            if (lets(neighbor.import, to)) learn(own, { to, path, nextHop, from: neighbor.name, fromNode: true });
          for (const route of own ?? []) this.#tellNode(router, neighbor.name, route, learn);
        } else {
          const back = this.#router(neighbor.name).routing.neighbors.find(
            (one) => one.kind === 'router' && one.name === router.name && one.over === neighbor.over,
          );
          const originated = router.routing.originates.map((subnet): Route => ({
            to: blockOf(String(subnet)),
            path: [],
            nextHop: 0,
            from: undefined,
            fromNode: false,
          }));
          for (const route of [...originated, ...(own ?? [])]) {
            const path = [must(router.asn, router.name), ...route.path];
            // Each end knows the other's number, and none takes a route that has been at home already.
            if (!back || back.asn !== router.asn || route.from === neighbor.name || path.includes(neighbor.asn))
              continue;
            if (!lets(neighbor.export, route.to) || !lets(back.import, route.to)) continue;
            const nextHop = numberOf(String(neighbor.local));
            learn(this.#learned.get(neighbor.name), {
              to: route.to,
              path,
              nextHop,
              from: router.name,
              fromNode: false,
            });
          }
        }
      }
    return isNew;
  }

  #tellNode(router: Router, node: string, route: Route, learn: (routes: Route[] | undefined, route: Route) => void) {
    const neighbor = router.routing.neighbors.find((one) => one.kind === 'node' && one.name === node);
    const site = this.#sitesOf(node).find((one) => one.router === router.name);
    const session = this.network.bgp.sessions.find(({ peer }) => String(peer) === String(site?.address));
    if (!neighbor || !site || !session || route.from === node || !lets(neighbor.export, route.to)) return;
    const isInternal = site.nodesAsn === router.asn;
    // RFC 4456: what came by iBGP goes to iBGP neighbors by a reflector only.
    if (isInternal && route.fromNode && !neighbor.reflect) return;
    const path = isInternal ? route.path : [must(router.asn, router.name), ...route.path];
    if (path.includes(site.nodesAsn) && !session.acceptsOwnAsn) return;
    const filter = this.network.bgp.filters.find(({ name }) => name === session.filter);
    const rule = filter?.import.find(
      ({ within }) => within === undefined || contains(blockOf(String(within)), route.to),
    );
    if (rule?.action === 'reject') return;
    const sameSubnet = isIn(route.nextHop, blockOf(String(this.#node(node).uplink.subnet)));
    // A reflector keeps next hops (RFC 4456 section 10), and so does eBGP one on the shared network (RFC 4271 section 5.1.3).
    const isKept = isInternal ? route.fromNode || !neighbor.nextHopSelf : sameSubnet;
    learn(this.#onNodes.get(node), {
      to: route.to,
      path,
      nextHop: isKept ? route.nextHop : numberOf(String(neighbor.local)),
      from: router.name,
      fromNode: false,
    });
  }

  /** Whether a node has learned the pods of another one by that node's own address, without a way around by the router. */
  isDirect(node: string, other: string): boolean {
    const address = this.#node(other).uplink.address;
    const routes = longest(this.#onNodes.get(node) ?? [], this.podsOf(other).first);
    return address !== undefined && routes.some(({ nextHop }) => nextHop === numberOf(String(address)));
  }

  /** Who has this address on a segment. */
  #holder(segment: string, address: number): Where | undefined {
    const router = this.network.routers.find(({ interfaces }) =>
      interfaces.some((one) => one.network === segment && numberOf(String(one.address)) === address),
    );
    if (router) return { router: router.name };
    const node = this.network.nodes.find(({ interfaces }) =>
      interfaces.some((one) => one.network === segment && one.address && numberOf(String(one.address)) === address),
    );
    return node ? { node: node.name } : { client: segment };
  }

  /**
   * Why a packet does not arrive; undefined when it does. Where there are several next hops it has to arrive by each. An
   * address of a pool has arrived on any node that announces it.
   */
  lost(at: Where, from: number, to: number, hops = 0): string | undefined {
    if (hops > MOST_HOPS) return 'goes in circles';
    if ('client' in at) return this.#lostAtClient(at.client, from, to, hops);
    return 'node' in at ? this.#lostAtNode(at.node, from, to, hops) : this.#lostAtRouter(at.router, from, to, hops);
  }

  #lostAtClient(segment: string, from: number, to: number, hops: number): string | undefined {
    const { subnet, gateway } = found(this.network.segments, segment);
    if (hops > 0) return isIn(to, blockOf(String(subnet))) ? undefined : `client of ${segment} forwards nothing`;
    if (isIn(to, blockOf(String(subnet)))) return undefined;
    if (!gateway) return `network ${segment} has no gateway`;
    return this.#over(segment, numberOf(String(gateway)), from, to, hops);
  }

  #lostAtNode(name: string, from: number, to: number, hops: number): string | undefined {
    const node = this.#node(name);
    const sites = this.#sitesOf(name);
    if (sites.some(({ router }) => this.#ownOf(name, router).some((own) => isIn(to, own)))) return undefined;
    if (node.interfaces.some(({ address }) => address && numberOf(String(address)) === to)) return undefined;
    if (hops > 0 && !isIn(from, this.podsOf(name)) && from !== numberOf(String(node.uplink.address ?? '0.0.0.0')))
      // A node passes on what is not from itself only between its pods and the house.
      return `node ${name} is no router for ${textOf(to)}`;
    const rule = node.sourceRules.find(
      (one) => isIn(from, blockOf(String(one.from))) && isIn(to, blockOf(String(one.to))),
    );
    if (rule) return this.#over(node.network, numberOf(String(rule.gateway)), from, to, hops);
    const connected = node.interfaces.map(({ network, subnet }) => ({ to: blockOf(String(subnet)), network }));
    const [direct] = longest(connected, to);
    const learned = longest(this.#onNodes.get(name) ?? [], to);
    if (direct && direct.to.length >= (learned[0]?.to.length ?? -1))
      return this.#over(direct.network, to, from, to, hops);
    const byDefault = (): string | undefined => {
      const { preferred } = node;
      if (!preferred?.defaultRoute) return `node ${name} has no route to ${textOf(to)}`;
      return this.#over(preferred.network, numberOf(String(preferred.defaultRoute.gateway)), from, to, hops);
    };
    if (learned.length === 0) return byDefault();
    // A next hop that is on no network of the node is looked up in turn (RFC 4271 section 5.1.3).
    return first(learned, ({ nextHop }) =>
      isIn(nextHop, blockOf(String(node.uplink.subnet)))
        ? this.#over(node.network, nextHop, from, to, hops)
        : byDefault(),
    );
  }

  #lostAtRouter(name: string, from: number, to: number, hops: number): string | undefined {
    const router = this.#router(name);
    if (router.interfaces.some(({ address }) => numberOf(String(address)) === to)) return undefined;
    const [direct] = longest(
      router.interfaces.map(({ network, subnet }) => ({ to: blockOf(String(subnet)), network })),
      to,
    );
    const learned = longest(this.#learned.get(name) ?? [], to);
    if (direct && direct.to.length >= (learned[0]?.to.length ?? -1))
      return this.#over(direct.network, to, from, to, hops);
    // The shortest AS path wins (RFC 4271 section 9.1.2.2); of equal ones all are used.
    const shortest = Math.min(...learned.map(({ path }) => path.length));
    const best = learned.filter(({ path }) => path.length === shortest);
    if (best.length === 0 && to === INTERNET) return undefined;
    if (best.length === 0) return `router ${name} has no route to ${textOf(to)}`;
    return first(best, (route) => {
      if (route.fromNode) {
        const site = this.#sitesOf(route.from ?? '').find((one) => one.router === name);
        return this.#over(site?.network ?? '', route.nextHop, from, to, hops);
      }
      const link = this.network.links.find(({ subnet }) => isIn(route.nextHop, blockOf(String(subnet))));
      return link
        ? this.lost({ router: route.from ?? '' }, from, to, hops + 1)
        : `router ${name} has no way to its next hop`;
    });
  }

  #over(segment: string, nextHop: number, from: number, to: number, hops: number): string | undefined {
    const where = this.#holder(segment, nextHop);
    if (!where) return `nobody on ${segment} is ${textOf(nextHop)}`;
    return this.lost(where, from, to, hops + 1);
  }
}

function found<T extends { readonly name: string }>(all: readonly T[], name: string): T {
  const one = all.find((each) => each.name === name);
  if (!one) throw new Error(`there is no ${name}`);
  return one;
}

/** The first complaint. */
function first<T>(all: readonly T[], ask: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const complaint = ask(one);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}
