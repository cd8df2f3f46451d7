/** What a node shows once its half is right: a command, and what it prints. */
import type { Network, Node, NodeInterface, Segment } from '../plan/network/index.ts';
import { bullets, code, codes } from './markdown.ts';
import { word } from './shell.ts';

/** Ethernet's usual MTU: less or as much needs no proof. */
const USUAL_MTU = 1500;
/** IPv4 and ICMP headers, which `ping -s` does not count. */
const PING_HEADERS = 28;
const LONGEST_LIST = 6;

export function nodeChecks(network: Network): string[] {
  const { nodes, segments } = network;
  return [
    'On every node, after a restart:',
    bullets([
      ...addressChecks(nodes, segments),
      ...routeChecks(nodes),
      ...ruleChecks(nodes),
      '`sysctl -n net.ipv4.ip_forward` prints `1`.',
      ...sizeChecks(nodes),
      ...bridgeChecks(nodes),
    ]),
  ];
}

function addressChecks(nodes: readonly Node[], segments: readonly Segment[]): string[] {
  const byDevice = new Map<string, { one: NodeInterface; at: string[]; known: string[] }>();
  for (const { name, interfaces } of nodes)
    for (const one of interfaces) {
      const key = `${one.holder} ${one.network}`;
      const entry = byDevice.get(key) ?? { one, at: [], known: [] };
      byDevice.set(key, entry);
      entry.at.push(name);
      if (one.address) entry.known.push(`${code(one.address)} at ${code(name)}`);
    }
  return [...byDevice.values()].map(({ one, at, known }) => {
    const subnet = segments.find(({ name }) => name === one.network)?.subnet;
    const where =
      at.length === nodes.length ? '' : ` (${at.length <= LONGEST_LIST ? codes(at) : `${at.length} nodes`})`;
    const rest = known.length === at.length ? '' : `${known.length > 0 ? ', else ' : ''}an address of ${code(subnet)}`;
    const shown = known.slice(0, LONGEST_LIST).join(', ') + (known.length > LONGEST_LIST ? ' and so on' : '');
    return `${code(`ip -4 -brief address show ${word(one.holder)}`)}${where} prints ${code('UP')} and ${shown}${rest}.`;
  });
}

function routeChecks(nodes: readonly Node[]): string[] {
  const ways = new Map<string, string[]>();
  for (const { name, interfaces } of nodes) {
    const [best] = interfaces
      .filter(({ defaultRoute }) => defaultRoute)
      .sort((a, b) => (a.defaultRoute?.metric ?? 0) - (b.defaultRoute?.metric ?? 0));
    if (!best?.defaultRoute) continue;
    const way = `via ${String(best.defaultRoute.gateway)} dev ${best.holder}`;
    ways.set(way, [...(ways.get(way) ?? []), name]);
  }
  return [...ways].map(([way, names]) => {
    const where =
      names.length === nodes.length
        ? ''
        : ` (${names.length <= LONGEST_LIST ? codes(names) : `${names.length} nodes`})`;
    return `\`ip route get 9.9.9.9\`${where} prints ${code(way)}.`;
  });
}

function ruleChecks(nodes: readonly Node[]): string[] {
  const rules = new Set(
    nodes.flatMap(({ sourceRules }) => sourceRules.map(({ from, to }) => `from ${String(from)} to ${String(to)}`)),
  );
  return [...rules].map((rule) => `\`ip rule show\` has ${code(rule)}, where the node has a leg there.`);
}

/** From one node to another of the same network. */
function sizeChecks(nodes: readonly Node[]): string[] {
  const seen = new Map<string, NodeInterface[]>();
  for (const { interfaces } of nodes)
    for (const one of interfaces)
      if (one.mtu > USUAL_MTU && one.address) seen.set(one.network, [...(seen.get(one.network) ?? []), one]);
  return [...seen.values()].flatMap((ends) => {
    const last = ends.at(-1);
    if (!last?.address || ends.length < 2) return [];
    return [
      `${code(`ping -c 1 -M do -s ${last.mtu - PING_HEADERS} ${String(last.address)}`)}, from another node, prints ${code('1 received')}: packets of ${last.mtu} bytes pass whole.`,
    ];
  });
}

/** Linux' NET_ADDR_SET: somebody has set the MAC address, so the bridge keeps it whatever its ports are. */
const SET = 3;

/** What keeps a bridge's frames passing, and its node known by the DHCP server. */
function bridgeChecks(nodes: readonly Node[]): string[] {
  const bridges = new Map<string, string[]>();
  for (const { name, interfaces } of nodes)
    for (const { bridge } of interfaces)
      if (bridge !== undefined) bridges.set(bridge, [...(bridges.get(bridge) ?? []), name]);
  const all = new Set([...bridges.values()].flat()).size;
  if (all === 0) return [];
  const where = (names: number) => (names === nodes.length ? '' : ' (where the node has that bridge)');
  return [
    ...[...bridges].map(
      ([bridge, names]) =>
        `${code(`cat ${word(`/sys/class/net/${bridge}/addr_assign_type`)}`)}${where(names.length)} prints ${code(SET)}: its MAC address is set.`,
    ),
    `\`iptables -S FORWARD\` and \`ip6tables -S FORWARD\`${all === nodes.length ? '' : ' (where the node has a bridge)'} both have \`-A FORWARD -m physdev --physdev-is-bridged -j ACCEPT\` before anything that drops.`,
  ];
}
