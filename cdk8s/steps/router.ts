/** A router's half, in words and numbers, until files for its software are generated. */
import type { Network, Router, Site } from '../plan/network.ts';
import { bullets, code, table } from './markdown.ts';
import { linkBullets } from './router-links.ts';
import { trafficBullets } from './router-traffic.ts';
import { routerWords } from './router-words.ts';
import type { Step } from './step.ts';

export function routerSteps(network: Network): Step[] {
  return network.routers
    .filter(
      ({ name }) =>
        network.sites.some((site) => site.router === name) ||
        network.links.some(({ between }) => between.includes(name)),
    )
    .map((router) => routerStep(network, router));
}

function routerStep(network: Network, router: Router): Step {
  const words = routerWords[router.software];
  const sites = network.sites.filter((site) => site.router === router.name);
  const links = linkBullets(network, router);
  return {
    title: `Router ${code(router.name)}`,
    todo: [
      `${words.name}, AS ${router.asn}. **Files for it are not generated yet**: configure by hand what stands here. Save what the router has first: ${words.save}.`,
      addresses(network, router),
      ...sites.flatMap((site) => [neighbours(network, site), bullets(sessionBullets(network, router, site))]),
      ...(links.length > 0 ? ['Tunnels and the routers behind them:', bullets(links)] : []),
      'Firewall and NAT:',
      bullets(trafficBullets(network, router)),
    ],
    see: [
      `${words.sessions} lists every neighbour, each ${words.waiting}: no node speaks BGP yet. Nothing else in the house has changed.`,
    ],
    back: [`${words.restore}. Until a node speaks BGP nothing depends on this step.`],
  };
}

/** Of one destination; more than any router here needs. */
const MOST_PATHS = 8;

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

function neighbours({ nodes, bgp }: Network, site: Site): string {
  const names = new Set(site.nodes);
  const rows = nodes
    .filter(({ name }) => names.has(name))
    .map(({ name, uplink: { address } }) => [
      code(name),
      address ? code(address) : 'by DHCP: not in the plan, so look it up at the node',
      String(site.asn),
      `${bgp.hold} s, ${bgp.keepalive} s`,
    ]);
  const head = ['neighbour', 'address', 'AS (the same: iBGP)', 'hold, keepalive'];
  return `BGP on network ${code(site.network)}, from ${code(site.address)}, a neighbour a node:\n\n${table(head, rows)}`;
}

function sessionBullets(network: Network, router: Router, site: Site): string[] {
  const { bgp, pods, sites } = network;
  const several = new Set(sites.map(({ router: name }) => name)).size > 1;
  const reflects = several || site.nodes.length > 1;
  return [
    ...(bgp.passwordSecret
      ? [
          `Password: the same at every neighbour, and later in the cluster's Secret ${code(bgp.passwordSecret.name)}. Letters and digits only.`,
        ]
      : ['No password: the plan has none, so every device of that network can announce routes.']),
    `Accept from nodes ${acceptedFrom(network, router)}, and nothing else.`,
    reflects
      ? `Announce to nodes ${code(pods.subnet)} in lengths ${pods.blockSize} to 32, and nothing else: the router reflects them (route reflector client)${several ? ', and puts itself as next hop on routes of other sites' : ''}${site.nodes.length > 1 ? ', so that pods of two nodes here talk past the router' : ''}.`
      : 'Announce nothing to the node: it has no other to reach.',
    ...(site.nodes.length > 1
      ? [
          `Use up to ${Math.min(MOST_PATHS, site.nodes.length)} paths at once, chosen by address and port (Linux: ${code('net.ipv4.fib_multipath_hash_policy=1')}).`,
        ]
      : []),
    'No graceful restart: a node that stays off would hold back the routes of all.',
  ];
}

/** `le 32` at load balancers: the whole pool comes, and single addresses of Services with externalTrafficPolicy Local. */
function acceptedFrom({ pods, loadBalancers, kubernetes }: Network, router: Router): string {
  const own = loadBalancers.filter((pool) => pool.router === undefined || pool.router === router.name);
  const parts = [
    `${code(pods.subnet)} in lengths ${pods.blockSize} to 32 (pods)`,
    ...own.map(({ subnet }) => `${code(subnet)} in lengths ${subnet.prefix} to 32 (load balancers)`),
    ...(kubernetes.advertiseServices
      ? [`${code(kubernetes.services)} in lengths ${kubernetes.services.prefix} to 32 (services)`]
      : []),
  ];
  return parts.join(', ');
}
