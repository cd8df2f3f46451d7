/** A router's half, in words and numbers, until files for its software are generated. */
import { routers as platforms } from '../platforms/routers/index.ts';
import type { Neighbor, Network, Router, Site } from '../plan/network/index.ts';
import { bullets, code, table } from './markdown.ts';
import { prefixText } from './prefixes.ts';
import { linkBullets } from './router-links.ts';
import { discardText, trafficBullets } from './router-traffic.ts';
import type { Step } from './step.ts';

export function routerSteps(network: Network): Step[] {
  return network.routers
    .filter(({ routing }) => routing.neighbors.length > 0)
    .map((router) => routerStep(network, router));
}

function routerStep(network: Network, router: Router): Step {
  const traits = platforms[router.software];
  const sites = network.sites.filter((site) => site.router === router.name);
  const links = linkBullets(network, router);
  return {
    title: `Router ${code(router.name)}`,
    todo: [
      `${traits.title}, AS ${router.asn}. **Files for it are not generated yet**: configure by hand what stands here. Save what the router has first: ${traits.save}.`,
      addresses(network, router),
      ...sites.flatMap((site) => {
        const nodes = router.routing.neighbors.filter(({ kind, over }) => kind === 'node' && over === site.network);
        return [neighbours(network, site, nodes), bullets(sessionBullets(network, router, nodes))];
      }),
      ...(links.length > 0 ? ['Tunnels and the routers behind them:', bullets(links)] : []),
      ...discardText(router),
      'Firewall and NAT:',
      bullets(trafficBullets(network, router)),
    ],
    see: [
      `${traits.neighbors} lists every neighbour, each ${traits.waiting}: no node speaks BGP yet. Nothing else in the house has changed.`,
    ],
    back: [`${traits.restore}. Until a node speaks BGP nothing depends on this step.`],
  };
}

function addresses({ segments }: Network, router: Router): string {
  const rows = router.addresses.map(({ network, address }) => {
    const segment = segments.find(({ name }) => name === network);
    const vlan = segment?.vlan === undefined ? 'untagged' : `VLAN ${segment.vlan}`;
    return [
      code(network),
      code(`${String(address)}/${segment?.subnet.prefix ?? 32}`),
      vlan,
      String(segment?.gatewayMtu ?? ''),
    ];
  });
  return table(['network', "the router's address", 'segment', 'MTU of its port'], rows);
}

function neighbours({ bgp }: Network, site: Site, nodes: readonly Neighbor[]): string {
  const rows = nodes.map(({ name, address, asn }) => [
    code(name),
    address ? code(address) : 'by DHCP: not in the plan, so look it up at the node',
    String(asn),
    `${bgp.hold} s, ${bgp.keepalive} s`,
  ]);
  const head = ['neighbour', 'address', 'AS (the same: iBGP)', 'hold, keepalive'];
  return `BGP on network ${code(site.network)}, from ${code(site.address)}, a neighbour a node:\n\n${table(head, rows)}`;
}

function sessionBullets({ bgp, pods }: Network, { routing }: Router, nodes: readonly Neighbor[]): string[] {
  const [first] = nodes;
  if (!first) return [];
  return [
    ...(bgp.passwordSecret
      ? [
          `Password: the same at every neighbour, and later in the cluster's Secret ${code(bgp.passwordSecret.name)}. Letters and digits only.`,
        ]
      : ['No password: the plan has none, so every device of that network can announce routes.']),
    `Accept from nodes ${prefixText(first.import)}, and nothing else.`,
    first.reflect
      ? `Announce to nodes ${code(pods.subnet)} in lengths ${pods.blockSize} to 32, and nothing else: the router reflects them (route reflector client)${first.nextHopSelf ? ', and puts itself as next hop on routes of other sites' : ''}${nodes.length > 1 ? ', so that pods of two nodes here talk past the router' : ''}.`
      : 'Announce nothing to the node: it has no other to reach.',
    ...(nodes.length > 1
      ? [
          `Use up to ${routing.paths} paths at once, chosen by address and port (Linux: ${code('net.ipv4.fib_multipath_hash_policy=1')}).`,
        ]
      : []),
    'No graceful restart: a node that stays off would hold back the routes of all.',
  ];
}
