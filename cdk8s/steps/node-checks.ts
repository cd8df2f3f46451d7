/** What a node shows once its half is right: a command, and what it prints. */
import { DEFAULT_MTU } from '../plan/bounds.ts';
import type { Network, Node, NodeInterface } from '../plan/network/index.ts';
import { groupBy } from '../plan/group.ts';
import { bullets, code, codes, namesOr } from './markdown.ts';
import { ACCEPT_BRIDGED, doubleRules, forwardCommands } from './node-words.ts';
import { word } from './shell.ts';

/** IPv4 and ICMP headers, which `ping -s` does not count. */
const PING_HEADERS = 28;
/** Fewer than elsewhere: they stand in brackets in the middle of a line. */
const MOST = 6;

export function nodeChecks(network: Network): string[] {
  const { nodes } = network;
  return [
    'On every node, after a restart:',
    bullets([
      ...addressChecks(nodes),
      ...routeChecks(nodes),
      ...ruleChecks(nodes),
      ...sysctlChecks(nodes),
      ...sizeChecks(nodes),
      ...bridgeChecks(nodes),
    ]),
  ];
}

function addressChecks(nodes: readonly Node[]): string[] {
  const byDevice = new Map<string, { one: NodeInterface; at: string[]; known: string[] }>();
  for (const { name, interfaces } of nodes)
    for (const one of interfaces) {
      const key = `${one.holder} ${one.network} ${one.from === 'none' ? one.from : ''}`;
      const entry = byDevice.get(key) ?? { one, at: [], known: [] };
      byDevice.set(key, entry);
      entry.at.push(name);
      if (one.address) entry.known.push(`${code(one.address)} at ${code(name)}`);
    }
  return [...byDevice.values()].map(({ one, at, known }) => {
    const where = at.length === nodes.length ? '' : ` (${namesOr(`${at.length} nodes`, at, MOST)})`;
    if (one.from === 'none')
      return `${code(`ip -brief address show ${word(one.holder)}`)}${where} prints ${code('UP')} and no address.`;
    const rest =
      known.length === at.length ? '' : `${known.length > 0 ? ', else ' : ''}an address of ${code(one.subnet)}`;
    const shown = known.slice(0, MOST).join(', ') + (known.length > MOST ? ' and so on' : '');
    return `${code(`ip -4 -brief address show ${word(one.holder)}`)}${where} prints ${code('UP')} and ${shown}${rest}.`;
  });
}

function routeChecks(nodes: readonly Node[]): string[] {
  const ways = new Map<string, string[]>();
  for (const { name, preferred } of nodes) {
    if (!preferred?.defaultRoute) continue;
    const way = `via ${String(preferred.defaultRoute.gateway)} dev ${preferred.holder}`;
    ways.set(way, [...(ways.get(way) ?? []), name]);
  }
  return [...ways].map(([way, names]) => {
    const where = names.length === nodes.length ? '' : ` (${namesOr(`${names.length} nodes`, names, MOST)})`;
    return `\`ip route get 9.9.9.9\`${where} prints ${code(way)}.`;
  });
}

function ruleChecks(nodes: readonly Node[]): string[] {
  const rules = new Set(
    nodes.flatMap(({ sourceRules }) => sourceRules.map(({ from, to }) => `from ${String(from)} to ${String(to)}`)),
  );
  return [...rules].map((rule) => `\`ip rule show\` has ${code(rule)}, where the node has an interface there.`);
}

function sysctlChecks(nodes: readonly Node[]): string[] {
  const settings = groupBy(
    nodes.flatMap(({ name: node, sysctls }) => Object.entries(sysctls).map(([name, value]) => ({ node, name, value }))),
    ({ name }) => name,
  );
  return [...settings].map(([name, having]) => {
    const at = having.map(({ node }) => node);
    const where = at.length === nodes.length ? '' : ` (${namesOr(`${at.length} nodes`, at, MOST)})`;
    return `${code(`sysctl -n ${word(name)}`)}${where} prints ${code(having[0]?.value)}.`;
  });
}

/** From one node to another of the same network. */
function sizeChecks(nodes: readonly Node[]): string[] {
  const seen = new Map<string, NodeInterface[]>();
  for (const { interfaces } of nodes)
    for (const one of interfaces)
      if (one.mtu > DEFAULT_MTU && one.address) seen.set(one.network, [...(seen.get(one.network) ?? []), one]);
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
      if (bridge) bridges.set(bridge.name, [...(bridges.get(bridge.name) ?? []), name]);
  const where = (names: number) => (names === nodes.length ? '' : ' (where the node has that bridge)');
  return [
    ...[...bridges].map(
      ([bridge, names]) =>
        `${code(`cat ${word(`/sys/class/net/${bridge}/addr_assign_type`)}`)}${where(names.length)} prints ${code(SET)}: its MAC address is set.`,
    ),
    ...forwardChecks(nodes),
  ];
}

function forwardChecks(nodes: readonly Node[]): string[] {
  const having = nodes.filter(({ forward }) => forward.length > 0);
  const lists = forwardCommands(having).map((command) => `${command} -S FORWARD`);
  if (lists.length === 0) return [];
  return [
    `${codes(lists)}${having.length === nodes.length ? '' : ' (where the node has a bridge)'} both have ${code(`-A FORWARD ${ACCEPT_BRIDGED}`)} before anything that drops.`,
    ...doubleRules(having).map((rule) => `\`iptables -S FORWARD\` has ${code(`-A FORWARD ${rule}`)} before them.`),
  ];
}
