/** The nodes' half: interfaces, routes, kernel settings, and what their hypervisor must let through. */
import { DEFAULT_MTU } from '../plan/bounds.ts';
import type { Network, Node, NodeInterface, VirtualVlan } from '../plan/network/index.ts';
import { groupBy } from '../plan/group.ts';
import { hypervisors } from '../platforms/hypervisors/index.ts';
import { platformNames } from '../platforms/platform-names.ts';
import { nodeSystems, type NodeSystem } from '../platforms/node-systems/index.ts';
import { block, bullets, code, codes, namesOr, prose, table } from './markdown.ts';
import { nodeChecks } from './node-checks.ts';
import { ACCEPT_BRIDGED, doubleRules, forwardCommands } from './node-words.ts';
import { answeringBullets } from './on-lan.ts';
import { word } from './shell.ts';
import type { Step } from './step.ts';

export function nodeStep(network: Network): Step {
  const used = [...new Set(network.nodes.map(({ system }) => nodeSystems[system].title))];
  return {
    title: 'Nodes',
    todo: [
      `**Files for ${used.join(', ')} are not generated yet**: configure by hand what stands here, one node after the other, with a console at hand that needs no network.`,
      interfaceTable(network),
      bullets([
        ...interfaceBullets(network.nodes),
        ...kernelBullets(network.nodes),
        ...answeringBullets(network),
        ...hypervisorBullets(network.nodes),
      ]),
      ...sourceRuleBlocks(network.nodes),
    ],
    see: nodeChecks(network),
    back: [
      `Put the old network configuration back and restart the node. Keep a copy before you start; ${hints('trial', (name, trial) => `${name} has ${code(trial)}, which goes back by itself`)}.`,
    ],
  };
}

/** What systems have a word for, of each system that has one: a plan may have more than one of them. */
function hints(
  trait: 'ignoreDhcpDns' | 'sourceRulesAt' | 'trial',
  text = (name: NodeSystem, value: string): string => `${name}: ${code(value)}`,
): string {
  return platformNames(nodeSystems)
    .flatMap((name) => {
      const value = nodeSystems[name][trait];
      return value === undefined ? [] : [text(name, value)];
    })
    .join(', ');
}

/** Of nodes that differ in nothing but name and address, this many have a row each. */
const MOST_ROWS = 20;

function interfaceTable({ nodes }: Network): string {
  const rows = nodes.flatMap(({ name, interfaces }) =>
    interfaces.map((one) => ({
      name: code(name),
      address: addressText(one),
      alike: [
        deviceText(one),
        `${code(one.network)}${one.tag ? `, VLAN ${one.tag.number} tagged` : ''}`,
        one.deviceMtu === one.mtu ? String(one.mtu) : `${one.mtu}, the device ${one.deviceMtu}`,
        routeText(one),
      ] as const,
    })),
  );
  const groups = groupBy(rows, ({ alike }) => alike.join('\n'));
  const shown = [...groups.values()].flatMap((group) => {
    if (group.length <= MOST_ROWS) return group;
    const [first, second] = group;
    const last = group.at(-1);
    if (!first || !second || !last) return group;
    const some = (text: (row: { name: string; address: string }) => string): string =>
      `${text(first)}, ${text(second)} ... ${text(last)}`;
    return [
      {
        ...first,
        name: `${group.length} nodes: ${some(({ name }) => name)}`,
        address: `each its own, as in the plan: ${some(({ address }) => address)}`,
      },
    ];
  });
  return table(
    ['node', 'device with the address', 'network', 'address', 'MTU', 'default route'],
    shown.map(({ name, address, alike: [device, network, mtu, route] }) => [
      name,
      device,
      network,
      address,
      mtu,
      route,
    ]),
  );
}

function deviceText({ holder, bridge, device, tag, bond, mac, address, from }: NodeInterface): string {
  const port = bond ? `${code(device)} (bond ${code(bond.mode)} of ${codes(bond.members)})` : code(device);
  const on = tag && tag.parent !== device ? ` on ${code(tag.parent)}` : '';
  const known = mac && !(address && from === 'dhcp') ? ` (${code(mac)})` : '';
  return bridge ? `${code(holder)}, a bridge over ${port}${known}${on}` : `${port}${known}${on}`;
}

function addressText({ address, subnet, from, mac }: NodeInterface): string {
  if (from === 'none') return 'none';
  if (!address) return 'by DHCP';
  const text = code(`${String(address)}/${subnet.prefix}`);
  return from === 'dhcp' ? `${text}, by DHCP for ${mac ? code(mac) : 'its MAC address'}` : text;
}

function routeText({ defaultRoute }: NodeInterface): string {
  if (!defaultRoute) return 'none';
  const { gateway, metric, mtu } = defaultRoute;
  return `${code(gateway)}, metric ${metric}${mtu === undefined ? '' : `, MTU ${mtu}`}`;
}

function interfaceBullets(nodes: readonly Node[]): string[] {
  const all = nodes.flatMap(({ interfaces }) => interfaces);
  const byDhcp = all.some(({ from }) => from === 'dhcp')
    ? `; not those that DHCP names (${hints('ignoreDhcpDns')})`
    : '';
  const byServers = new Map<string, string[]>();
  for (const { name, dns } of nodes) {
    const key = dns.map(String).join(' ');
    byServers.set(key, [...(byServers.get(key) ?? []), name]);
  }
  return [
    ...bridgeBullets(all),
    ...withoutAddressBullets(nodes),
    ...withoutRouteBullets(nodes),
    ...(all.some(({ routeMtu }) => routeMtu !== undefined)
      ? [
          'A device below a VLAN with larger packets has the MTU of that VLAN; the routes of its own network carry the smaller one (`mtu` of `ip route`).',
        ]
      : []),
    ...(all.some(({ defaultRoute, mtu }) => defaultRoute?.mtu !== undefined && defaultRoute.mtu < mtu)
      ? ["The MTU of a default route is that of the gateway's port: hosts of the network take more."]
      : []),
    ...[...byServers].flatMap(([servers, names]) =>
      servers === '' ? [] : [`DNS servers of ${who(names, nodes.length)}: ${codes(servers.split(' '))}${byDhcp}.`],
    ),
  ];
}

/** Every bridge is set up alike. */
function bridgeBullets(interfaces: readonly NodeInterface[]): string[] {
  const bridge = interfaces.find((one) => one.bridge)?.bridge;
  if (!bridge) return [];
  const { stp, forwardDelay, portAddresses } = bridge;
  return [
    `A bridge has the MAC address of its port, set and not inherited (else it follows the lowest of its ports, and pods change it); STP ${stp ? 'on' : 'off'}, forward delay ${forwardDelay}, and the address${interfaces.some(({ from }) => from === 'none') ? ', if it has one' : ''}.${portAddresses ? '' : ' Its port has no address, not even a link-local one.'}`,
  ];
}

/** Nobody may give the node an address there: neither DHCP nor a router. */
function withoutAddressBullets(nodes: readonly Node[]): string[] {
  const having = nodes.filter(({ interfaces }) => interfaces.some(({ from }) => from === 'none'));
  if (having.length === 0) return [];
  const devices = having.flatMap(({ interfaces }) => interfaces.filter(({ from }) => from === 'none'));
  return [
    `${codes([...new Set(devices.map(({ holder }) => holder))])}, where the table says address none: up, and no address of the node, neither by DHCP nor by IPv6 (${forSystems(having, 'withoutAddress')}). It carries frames of pods only; pods reach the node by the cluster's interface, devices there by its other address through the router.`,
  ];
}

/** A DHCP server names the gateway all the same. */
function withoutRouteBullets(nodes: readonly Node[]): string[] {
  const having = nodes.filter(({ interfaces }) => interfaces.some(ignoresRouter));
  if (having.length === 0) return [];
  const networks = [...new Set(having.flatMap(({ interfaces }) => interfaces.filter(ignoresRouter)))];
  return [
    `No default route by ${codes([...new Set(networks.map(({ holder }) => holder))], 'or')}, although DHCP names a router there (${forSystems(having, 'ignoreDhcpRouter')}).`,
  ];
}

function ignoresRouter({ from, defaultRoute }: NodeInterface): boolean {
  return from === 'dhcp' && defaultRoute === undefined;
}

/** The words of the systems that these nodes have. */
function forSystems(nodes: readonly Node[], trait: 'withoutAddress' | 'ignoreDhcpRouter'): string {
  const systems = [...new Set(nodes.map(({ system }) => system))];
  return systems.map((system) => `${nodeSystems[system].title}: ${nodeSystems[system][trait]}`).join('; ');
}

function namesOfAll(all: readonly { readonly name: string }[]): string[] {
  return all.map(({ name }) => name);
}

function who(names: readonly string[], all: number): string {
  if (names.length === all) return all === 1 ? codes(names) : 'every node';
  return namesOr(`${names.length} nodes, from ${code(names[0])} to ${code(names.at(-1))}`, names);
}

function kernelBullets(nodes: readonly Node[]): string[] {
  const places = [...new Set(nodes.map(({ system }) => nodeSystems[system].sysctlsAt))].join(' or ');
  const settings = groupBy(
    nodes.flatMap(({ name, sysctls }) => Object.entries(sysctls).map((pair) => ({ name, setting: pair.join('=') }))),
    ({ setting }) => setting,
  );
  const byNodes = groupBy([...settings], ([, having]) =>
    having.length === nodes.length ? 'every node' : who(namesOfAll(having), nodes.length),
  );
  return [
    ...[...byNodes].map(([where, some]) => `${codes(some.map(([setting]) => setting))} on ${where}, ${places}.`),
    ...moduleBullets(nodes),
    ...foreignBullets(nodes),
    ...forwardBullets(nodes),
  ];
}

/** Settings that are there only with a module of the kernel. */
function moduleBullets(nodes: readonly Node[]): string[] {
  const needed = nodes.some(({ sysctls }) => Object.keys(sysctls).some((name) => name.startsWith('net.bridge.')));
  return needed
    ? [
        'Settings of `net.bridge` exist once the kernel module `br_netfilter` is loaded: let every start load it before they are applied (`/etc/modules-load.d/`; Talos: `machine.kernel.modules`). kube-proxy expects both.',
      ]
    : [];
}

/** Systems that tidy up what they did not make themselves. */
function foreignBullets(nodes: readonly Node[]): string[] {
  const byWords = groupBy(nodes, ({ system }) => nodeSystems[system].leaveAlone);
  return [...byWords].flatMap(([words, having]) =>
    words === undefined
      ? []
      : [
          `On ${who(namesOfAll(having), nodes.length)}: ${words}. Else ${[...new Set(having.map(({ system }) => nodeSystems[system].title))].join(' and ')} may change or remove the routes and rules that the cluster's network makes.`,
        ],
  );
}

function forwardBullets(nodes: readonly Node[]): string[] {
  const bridged = nodes.filter(({ forward }) => forward.length > 0);
  if (bridged.length === 0) return [];
  const where = who(
    bridged.map(({ name }) => name),
    nodes.length,
  );
  const [first = '', ...others] = forwardCommands(bridged);
  const too = others.map((command) => ` and the same with ${code(command)}`).join('');
  return [
    `On ${where}: bridged frames pass the firewall, because Kubernetes keeps \`net.bridge.bridge-nf-call-iptables=1\` and mostly \`-ip6tables=1\`: ${code(`${first} -I FORWARD ${ACCEPT_BRIDGED}`)}${too}, after every start and after whatever else writes these chains (Docker, ufw). Without the second, pods have IPv4 but neither router advertisements nor Matter.`,
    ...doubleRules(bridged).map(
      (rule) =>
        `Before these rules: ${code(`iptables -I FORWARD ${rule}`)}. A bridge in promiscuous mode passes each packet for a Service to its pod as a frame, and routes it there a second time: with this rule pods get it once.`,
    ),
  ];
}

function hypervisorBullets(nodes: readonly Node[]): string[] {
  return nodes.flatMap(({ name, host, virtualSwitch }) => {
    if (!virtualSwitch) return [];
    const { vlans, largestPacket, otherMacs } = virtualSwitch;
    const pass = otherMacs ? hypervisors[host].passMacs?.(name) : undefined;
    const byTagging = [...vlans.filter(({ tagged }) => !tagged), ...vlans.filter(({ tagged }) => tagged)];
    const wanted = [
      ...byTagging.map(vlanText),
      ...(largestPacket > DEFAULT_MTU
        ? [`packets of ${largestPacket} bytes (the virtual switch and the adapter too)`]
        : []),
    ];
    return [
      ...(wanted.length > 0 ? [`The hypervisor of ${code(name)} (${prose(host)}) gives it ${wanted.join(', ')}.`] : []),
      ...(pass === undefined ? [] : [`MAC addresses of pods at ${code(name)}: ${prose(pass)}.`]),
    ];
  });
}

function vlanText({ number, tagged, device, mac }: VirtualVlan): string {
  return tagged
    ? `VLAN ${number} tagged at ${code(device)}`
    : `VLAN ${number} untagged at ${code(device)}${mac ? ` (${code(mac)})` : ''}`;
}

function sourceRuleBlocks(nodes: readonly Node[]): string[] {
  const byRule = new Map<string, { lines: readonly string[]; networks: Set<string>; names: string[] }>();
  for (const { name, sourceRules } of nodes) {
    if (sourceRules.length === 0) continue;
    const lines = sourceRules.flatMap(({ from, to, gateway, device, table: number, priority }) => [
      `ip rule add from ${word(from)} to ${word(to)} lookup ${number} priority ${priority}`,
      `ip route replace default via ${word(gateway)} dev ${word(device)} table ${number}`,
    ]);
    const unique = [...new Set(lines)];
    const key = unique.join('\n');
    const entry = byRule.get(key) ?? { lines: unique, networks: new Set(), names: [] };
    byRule.set(key, entry);
    entry.names.push(name);
    for (const { network } of sourceRules) entry.networks.add(network);
  }
  return [...byRule.values()].flatMap(({ lines, networks, names }) => [
    `On ${who(names, nodes.length)}, permanently (${hints('sourceRulesAt')}): replies from pods and from the node's uplink address to ${codes([...networks])} return through the router, like the requests. Otherwise they leave by the node's own interface there, and a stateful router drops the connection.`,
    block('sh', lines),
    `The price: a NodePort or hostPort that is asked at the node's address on ${codes([...networks], 'or')} no longer answers, nor does that address answer pods of other nodes behind a stateful router. Ask at the node's other address, or give the Service a load balancer's.`,
  ]);
}
