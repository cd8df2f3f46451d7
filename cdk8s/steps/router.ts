/** A router's half, in words and numbers; files for its software say the same where they are generated. */
import { groupBy } from '../plan/group.ts';
import { must } from '../plan/must.ts';
import { routers as platforms, type RouterTraits } from '../platforms/routers/index.ts';
import type { Bgp, Neighbor, Network, Router } from '../plan/network/index.ts';
import { filesOf } from '../routers/index.ts';
import { bullets, code, codes, table } from './markdown.ts';
import { lengthsText, prefixText } from './prefixes.ts';
import { linkBullets } from './router-links.ts';
import { discardText, trafficBullets } from './router-traffic.ts';
import type { Step } from './step.ts';

export function routerSteps({ cluster, routers, bgp }: Network): Step[] {
  return bgp
    ? routers.filter(({ routing }) => routing.neighbors.length > 0).map((router) => routerStep(cluster, router, bgp))
    : [];
}

/** Where its files are; each says in its first lines how it is applied. */
function filesText(cluster: string, router: Router): string {
  const paths = filesOf(cluster, router).map(({ path }) => path);
  return paths.length === 0
    ? '**Files for it are not generated yet**: configure by hand what stands here.'
    : `Its files are ${codes(paths)}: the first lines of each say how to apply it and how to roll it back, and what stands here is the same in words.`;
}

function routerStep(cluster: string, router: Router, bgp: Bgp): Step {
  const traits = platforms[router.software];
  const nodes = router.routing.neighbors.filter(({ kind }) => kind === 'node');
  const links = linkBullets(router);
  return {
    title: `Router ${code(router.name)}`,
    todo: [
      `${traits.title}, AS ${router.asn}. ${filesText(cluster, router)} Save what the router has first: ${traits.save}.`,
      interfaces(router),
      ...[...groupBy(nodes, ({ over }) => over)].flatMap(([segment, [first, ...others]]) =>
        first
          ? [
              neighborTable(router, segment, [first, ...others]),
              bullets(sessionBullets(router, bgp, [first, ...others])),
            ]
          : [],
      ),
      ...(links.length > 0 ? ['Tunnels and the routers behind them:', bullets(links)] : []),
      ...discardText(router),
      'Firewall and NAT:',
      bullets(trafficBullets(router)),
    ],
    see: [
      `${traits.neighbors} lists every neighbor, each ${traits.waiting}: no node speaks BGP yet. Nothing else in the house has changed.`,
    ],
    back: [`${traits.restore}. Until a node speaks BGP nothing depends on this step.`],
  };
}

function interfaces(router: Router): string {
  const rows = router.interfaces.map(({ network, address, subnet, vlan, mtu }) => [
    code(network),
    code(`${String(address)}/${subnet.prefix}`),
    vlan === undefined ? 'untagged' : `VLAN ${vlan}`,
    String(mtu),
  ]);
  return table(['network', "the router's address", 'segment', 'MTU of its port'], rows);
}

function neighborTable(router: Router, segment: string, nodes: readonly [Neighbor, ...Neighbor[]]): string {
  const [{ local, asn: theirs }] = nodes;
  const rows = nodes.map(({ name, address, asn, hold, keepalive }) => [
    code(name),
    address ? code(address) : 'by DHCP: not in the plan, so look it up at the node',
    String(asn),
    `${hold} s, ${keepalive} s`,
  ]);
  const kind = theirs === router.asn ? 'the same: iBGP' : 'their own: eBGP';
  const head = ['neighbor', 'address', `AS (${kind})`, 'hold, keepalive'];
  return `BGP on network ${code(segment)}, from ${code(local)}, one neighbor per node:\n\n${table(head, rows)}`;
}

function pathsText(paths: number, note: string): string {
  return paths > 1
    ? `Use up to ${paths} paths at once for one route. ${note}.`
    : `Use one path for each route: ${note}. What is for load balancers then goes by one node, and by another when that is gone.`;
}

/** How other nodes' routes get to a node. */
function passedOn({ reflect, nextHopSelf }: Neighbor): string {
  if (!reflect) return 'routes of other nodes, with their next hop where that is on this network (the default of eBGP)';
  return `the router reflects them (route reflector client)${nextHopSelf ? ', and puts itself as next hop on routes of other sites' : ''}`;
}

/** All nodes of one network are told the same: what `first` is. */
function sessionBullets(
  { asn, software, routing }: Router,
  { mesh }: Bgp,
  [first, ...others]: readonly [Neighbor, ...Neighbor[]],
): string[] {
  const count = others.length + 1;
  const { multipath, passwordNote }: RouterTraits = platforms[software];
  return [
    ...(first.password
      ? [
          `Password: the same at every neighbor, and later in the cluster's Secret ${code(first.password.name)}. Letters and digits only.${passwordNote === undefined ? '' : ` ${passwordNote(first)}.`}`,
        ]
      : ['No password: the plan has none, so every device of that network can announce routes.']),
    `Accept from nodes ${prefixText(first.import)}, and nothing else.`,
    first.export.length > 0
      ? `Announce to nodes ${first.export.map(lengthsText).join(', ')}, and nothing else: ${passedOn(first)}${count > 1 ? ', so that pods of two nodes here talk past the router' : ''}.`
      : mesh && count > 1
        ? 'Announce nothing to nodes: they hear of the pods of others from each other (bgp.mesh).'
        : 'Announce nothing to the node: it has no other to reach.',
    ...(first.asn === asn
      ? []
      : [
          'Both filters have to be there: FRR, and what is made from it, neither accepts nor announces anything by eBGP without them (RFC 8212).',
        ]),
    ...(count > 1
      ? [pathsText(routing.paths, multipath.note(must(first.import.at(-1), 'routes from nodes').subnet))]
      : []),
    ...(first.gracefulRestart ? [] : ['No graceful restart: a node that stays off would hold back the routes of all.']),
  ];
}
