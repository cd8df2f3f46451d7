/**
 * A resolved network as configuration for a lab: FRR's is the generated file, and so are the rules of the firewall; its chains,
 * and BIRD's configuration, are as plain as they go. Nothing is decided here.
 */
import type { Cidr } from '../../cdk8s/address/index.ts';
import type { CalicoNetwork } from '../../cdk8s/plan/network/calico.ts';
import type { FilterRule, Node, Router, TunnelEnd } from '../../cdk8s/plan/network/index.ts';
import { named } from '../../cdk8s/plan/must.ts';
import { frrFiles } from '../../cdk8s/routers/frr.ts';
import { asymmetricRules, permitRules, set } from '../../cdk8s/routers/linux.ts';

/** The generated file as a person fills it in, and with retries as quick as a test wants them. */
export function frrConfiguration(router: Router): string {
  return named(frrFiles(router), 'frr.conf', 'file')
    .body.flatMap((line) => {
      const [, neighbor] = / neighbor (\S+) timers connect/.exec(line) ?? [];
      if (neighbor === undefined) return line.includes(' password ') ? [] : [line];
      return [` neighbor ${neighbor} timers connect 1`, ` neighbor ${neighbor} advertisement-interval 0`];
    })
    .join('\n');
}

/** A firewall that follows connections and lets new ones pass only as permitted; `own`: rules that a person has besides. */
export function firewall(router: Router, own: readonly string[] = []): string {
  const { stateful, routing } = router;
  const { permits, translation } = routing;
  const state = stateful ? ['ct state established,related accept', 'ct state invalid drop'] : [];
  return `
flush ruleset
table inet house {
  chain input { type filter hook input priority 0; policy drop;
    iif lo accept
    ${[...state, 'meta l4proto icmp accept', ...permitRules(permits, 'input')].join('\n    ')}
  }
  chain forward { type filter hook forward priority 0; policy drop;
    ${[...asymmetricRules(router), ...state, ...own, ...permitRules(permits, 'forward')].join('\n    ')}
  }
  chain postrouting { type nat hook postrouting priority 100;
    ip saddr ${set(translation.from)} ip daddr != ${set(translation.notTo)} masquerade
  }
}
`;
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
