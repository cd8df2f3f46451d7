/**
 * A resolved network as configuration for FRR, nftables and BIRD, as plainly as it goes: what is proven in a lab is the data
 * itself. Nothing is decided here; lists end in a denial, since the data says "nothing else".
 */
import type { Cidr } from '../../cdk8s/address/index.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { FilterRule, Node, Permit, Prefixes, Router, TunnelEnd } from '../../cdk8s/plan/network/index.ts';

export function frrConfiguration({ name, asn, interfaces, routing }: Router): string {
  const { neighbors, originates, paths, discards } = routing;
  const external = neighbors.some((one) => one.kind === 'node' && one.asn !== asn);
  const sessions = neighbors.map((one, index) => ({ ...one, list: `N${index}` }));
  const each = (lines: (one: (typeof sessions)[number]) => readonly string[]): string[] => sessions.flatMap(lines);
  return [
    'frr defaults traditional',
    `hostname ${name}`,
    // Behind BGP's 20 and 200.
    ...discards.map((subnet) => `ip route ${String(subnet)} blackhole 254`),
    ...each(({ list, import: taken, export: given }) => [
      ...prefixList(`${list}-IN`, taken),
      ...prefixList(`${list}-OUT`, given),
    ]),
    `router bgp ${asn}`,
    ` bgp router-id ${String(interfaces[0]?.address)}`,
    ...each(({ address, asn: theirs, local, hold, keepalive }) => [
      ` neighbor ${String(address)} remote-as ${theirs}`,
      ` neighbor ${String(address)} update-source ${String(local)}`,
      ` neighbor ${String(address)} timers ${keepalive} ${hold}`,
      ` neighbor ${String(address)} timers connect 1`,
      ` neighbor ${String(address)} advertisement-interval 0`,
    ]),
    ' address-family ipv4 unicast',
    ...originates.map((subnet) => `  network ${String(subnet)}`),
    ...each(({ address, list, reflect, nextHopSelf }) => [
      `  neighbor ${String(address)} prefix-list ${list}-IN in`,
      `  neighbor ${String(address)} prefix-list ${list}-OUT out`,
      ...(reflect ? [`  neighbor ${String(address)} route-reflector-client`] : []),
      ...(nextHopSelf ? [`  neighbor ${String(address)} next-hop-self`] : []),
    ]),
    `  maximum-paths ${external ? '' : 'ibgp '}${paths}`,
    ' exit-address-family',
    '',
  ].join('\n');
}

function prefixList(name: string, all: readonly Prefixes[]): string[] {
  return [
    ...all.map(({ subnet, shortest, longest }) => {
      const from = shortest > subnet.prefix ? ` ge ${shortest}` : '';
      const to = longest > subnet.prefix ? ` le ${longest}` : '';
      return `ip prefix-list ${name} permit ${String(subnet)}${from}${to}`;
    }),
    `ip prefix-list ${name} deny any`,
  ];
}

/** A firewall that follows connections and lets new ones pass only as permitted; `own`: rules that a person has besides. */
export function firewall({ stateful, routing }: Router, own: readonly string[] = []): string {
  const { permits, translation, asymmetric } = routing;
  const rules = (way: Permit['way']): string[] => permits.filter((one) => one.way === way).flatMap(permitRules);
  const state = stateful ? ['ct state established,related accept', 'ct state invalid drop'] : [];
  return `
flush ruleset
table inet house {
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ${[...state, 'meta l4proto icmp accept', ...rules('input')].join('\n    ')}
  }
  chain forward { type filter hook forward priority 0; policy drop;
    ${[
      ...asymmetric.map(({ from, to }) => `ip saddr ${String(from)} ip daddr ${set(to)} accept`),
      ...state,
      ...own,
      ...rules('forward'),
    ].join('\n    ')}
  }
  chain postrouting { type nat hook postrouting priority 100;
    ip saddr ${set(translation.from)} ip daddr != ${set(translation.notTo)} masquerade
  }
}
`;
}

function permitRules({ from, to, ports }: Permit): string[] {
  const ends = `${from.length > 0 ? `ip saddr ${set(from)} ` : ''}${to.length > 0 ? `ip daddr ${set(to)} ` : ''}`;
  if (ports.length === 0) return [`${ends}accept`];
  return ports.map(
    ({ protocol, number }) =>
      `${ends}${number === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${number}`} accept`,
  );
}

function set(all: readonly unknown[]): string {
  return `{ ${all.map(String).join(', ')} }`;
}

/** What WireGuard would let pass at this end of a tunnel, whose device is a plain cable here. */
export function allowedAddresses({ allowed }: TunnelEnd, device: string): string {
  return `
table inet ${device} {
  chain in { type filter hook prerouting priority -350; iifname "${device}" ip saddr != ${set(allowed)} drop; }
  chain out { type filter hook postrouting priority 350; oifname "${device}" ip daddr != ${set(allowed)} drop; }
}
`;
}

/** What calico-node would say: its block, the pools and service range of the cluster, through the plan's filter. */
export function birdConfiguration(network: CalicoNetwork, node: Node, block: Cidr): string {
  const { bgp, sites, loadBalancers, kubernetes } = network;
  const site = sites.find(({ nodes }) => nodes.includes(node.name));
  const session = bgp.sessions.find(({ peer }) => site?.address.equals(peer));
  const filter = bgp.filters.find(({ name }) => name === session?.filter);
  if (!session || !filter) throw new Error(`${node.name} has no session`);
  const asn = session.localAsn ?? bgp.asn;
  const announced = [
    block,
    ...loadBalancers.flatMap(({ subnets }) => subnets),
    ...(kubernetes.advertiseServices ? [kubernetes.services] : []),
  ];
  return `
router id ${String(node.uplink.address)};
protocol device { scan time 1; }
protocol direct { }
protocol static { ${announced.map((subnet) => `route ${String(subnet)} blackhole;`).join(' ')} }
protocol kernel { scan time 1; import none; export filter { if source = RTS_BGP then accept; reject; }; }
filter taken { ${filter.import.map(filterRule).join(' ')} accept; }
filter given { if source = RTS_DEVICE then reject; ${filter.export.map(filterRule).join(' ')} accept; }
protocol bgp r {
  local ${String(node.uplink.address)} as ${asn}; neighbor ${String(session.peer)} as ${session.peerAsn};
  gateway recursive;${session.acceptsOwnAsn ? ' allow local as 1;' : ''}
  hold time ${bgp.hold}; keepalive time ${bgp.keepalive}; connect delay time 1; connect retry time 1; error wait time 1, 1;
  import filter taken; export filter given;
}
${bgp.mesh ? mesh(network, node) : ''}`;
}

/** As confd writes it (calico, confd/pkg/backends/calico/bgp_processor.go, processMeshPeers): everything is taken, one end calls. */
function mesh({ bgp, nodes }: CalicoNetwork, node: Node): string {
  const own = String(node.uplink.address);
  const others = nodes.filter(({ name }) => name !== node.name).map(({ uplink }) => String(uplink.address));
  return others
    .map(
      (other) => `
protocol bgp Mesh_${other.replaceAll('.', '_')} {
  local ${own} as ${bgp.asn}; neighbor ${other} as ${bgp.asn};${other > own ? ' passive on;' : ''}
  gateway recursive; connect delay time 1; connect retry time 1; error wait time 1, 1;
  import all; export filter { if source = RTS_DEVICE then reject; accept; };
}
`,
    )
    .join('');
}

function filterRule({ action, within, fromPeers }: FilterRule): string {
  const tests = [...(within ? [`net ~ ${String(within)}`] : []), ...(fromPeers ? ['source = RTS_BGP'] : [])];
  return tests.length > 0 ? `if ${tests.join(' && ')} then ${action};` : `${action};`;
}
