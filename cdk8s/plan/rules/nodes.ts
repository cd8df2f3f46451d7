/** Rules about nodes and their interfaces. */
import { carrying } from '../carrier.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { bondMembers, sharedBridges, wifiBridge } from './nodes-bridges.ts';
import { bridgeNames, ownedDevices, vlanDevices } from './nodes-devices.ts';
import { macDuplicate, macFilter, macUnicast } from './nodes-macs.ts';
import { noAddress, withoutAddress } from './nodes-addresses.ts';
import { defaultRoutesOf, interfacesOf } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

function* none({ names }: CheckedPlan): Iterable<Violation> {
  if (names.nodes?.size === 0) yield { at: ['nodes'], problem: 'the plan has no node' };
}

function* noInterface({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  for (const [name, { interfaces }] of entries(plan.nodes)) {
    const at: Path = ['nodes', name, 'interfaces'];
    if (interfaces && Object.keys(interfaces).length === 0 && !incomplete(at))
      yield { at, problem: `node ${name} has no interface` };
  }
}

function* unknownNetworks({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('network', names.networks);
  for (const { value, path } of interfacesOf(plan)) yield* unknown(value.network, [...path, 'network']);
}

function* defaultRoutes({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const carrierOf = carrying(plan);
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const all = entries(interfaces);
    const [first, second] = all.filter(([, { defaultRoute }]) => defaultRoute === 'preferred');
    const at: Path = ['nodes', node, 'interfaces'];
    if (first && second)
      yield {
        at: [...at, second[0], 'defaultRoute'],
        problem: `node ${node} prefers the default route of ${first[0]} and of ${second[0]}`,
        remedy: 'keep defaultRoute: preferred on one of them',
      };
    const routed = defaultRoutesOf(plan, { interfaces });
    if (first || routed.length < 2 || incomplete(at)) continue;
    const carrier = carrierOf({ interfaces });
    const usual = routed.find(([, { network }]) => network === carrier) ?? routed[0];
    yield {
      at,
      problem: `node ${node} has a default route through ${routed.map(([name]) => name).join(' and through ')}, but none is preferred`,
      remedy: `add defaultRoute: preferred to the interface towards the internet, usually ${usual?.[0] ?? 'the first'}; or defaultRoute: none to the others`,
    };
  }
}

interface Twice {
  readonly node: string;
  readonly network: string;
  readonly first: string;
  readonly second: string;
}

/** Interfaces of a node on a network that an earlier one is on; `uplinks`: the network carries its pods, or not. */
function* twiceOnNetwork({ plan }: CheckedPlan, uplinks: boolean): Iterable<Twice> {
  const carrierOf = carrying(plan);
  for (const [node, value] of entries(plan.nodes)) {
    const carrier = carrierOf(value);
    const seen = new Map<string, string>();
    for (const [second, { network }] of entries(value.interfaces)) {
      if (network === undefined) continue;
      const first = seen.get(network);
      if (first === undefined) seen.set(network, second);
      else if ((carrier === network) === uplinks) yield { node, network, first, second };
    }
  }
}

function* twoUplinks(checked: CheckedPlan): Iterable<Violation> {
  for (const { node, network, first, second } of twiceOnNetwork(checked, true))
    yield {
      at: ['nodes', node, 'interfaces', second],
      problem: `${first} and ${second} of node ${node} are both on network ${network}, which carries its pods: Calico may announce one address while the router peers with the other, and each answers ARP for both`,
    };
}

function* twoOnNetwork(checked: CheckedPlan): Iterable<Violation> {
  for (const { node, network, first, second } of twiceOnNetwork(checked, false))
    yield {
      at: ['nodes', node, 'interfaces', second],
      problem: `${first} and ${second} of node ${node} are both on network ${network}: what the node sends there leaves by one of them, and each answers ARP for both`,
    };
}

function* noControlPlane({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const nodes = entries(plan.nodes);
  // Without Calico there are no such pods.
  if (nodes.length === 0 || plan.pods?.mode === 'bridged' || incomplete(['nodes'])) return;
  if (nodes.every(([, { roles }]) => !roles?.includes('control-plane')))
    yield {
      at: ['nodes'],
      problem:
        "no node has the role control-plane: Calico's controllers may run on any node, and stay on a node that died",
    };
}

export const nodeRules: readonly Rule[] = [
  {
    code: 'nodes/name',
    severity: 'error',
    summary:
      'Names (of networks, routers, nodes and others) have lowercase letters, digits and dashes, those of nodes dots too, at most 63 characters, because they become Kubernetes names and file names.',
    remedy: 'rename it',
  },
  {
    code: 'nodes/interface-name',
    severity: 'error',
    summary: 'Interface names have at most 15 letters, digits, dots, dashes and underscores (the limit of Linux).',
    remedy: 'write the name that `ip link` shows on the node',
  },
  {
    code: 'nodes/pattern',
    severity: 'error',
    summary:
      'A node pattern such as "node{1..100}" counts up, has no leading zeros, and does not overlap another pattern.',
    remedy: 'write it like "node{1..100}", in quotes; {} in its values is the number',
  },
  {
    code: 'nodes/none',
    severity: 'error',
    summary: 'A plan has at least one node.',
    remedy: 'add your machines under nodes',
    check: none,
  },
  {
    code: 'nodes/no-interface',
    severity: 'error',
    summary: 'Every node has an interface.',
    remedy: 'add its interface, such as eth0: {network: home, address: 192.168.2.10}',
    check: noInterface,
  },
  {
    code: 'nodes/address-none',
    severity: 'error',
    summary:
      'An interface with address: none has a bridge, is not on the network that carries pods, and has no key that needs an address.',
    remedy: 'write its address, or dhcp',
    check: withoutAddress,
  },
  {
    code: 'nodes/no-address',
    severity: 'error',
    summary: 'Every node has an interface with an address.',
    remedy: 'add the interface that carries its pods',
    check: noAddress,
  },
  {
    code: 'nodes/unknown-network',
    severity: 'error',
    summary: 'Interfaces refer to networks of the plan.',
    remedy: 'name one of the networks under networks',
    first: true,
    check: unknownNetworks,
  },
  {
    code: 'nodes/mac-unicast',
    severity: 'error',
    summary: 'A MAC address is a unicast address, not multicast and not all zeros.',
    remedy: 'write the address that `ip link` shows on the node',
    check: macUnicast,
  },
  {
    code: 'nodes/mac-duplicate',
    severity: 'error',
    summary: 'No two interfaces have the same MAC address, except a VLAN interface and its parent.',
    remedy: 'write the address that `ip link` shows on each node; give cloned virtual machines new addresses',
    check: macDuplicate,
  },
  {
    code: 'nodes/bond-members',
    severity: 'error',
    summary: 'An interface is a member of one bond, once, and is not an interface with a network of its own.',
    remedy: 'list each interface in one bond only',
    check: bondMembers,
  },
  {
    code: 'nodes/bridge-name',
    severity: 'error',
    summary:
      'The name of a bridge is not the name of another device of its node: an interface, a VLAN, a member of a bond.',
    remedy: 'choose another name for the bridge, such as br0',
    check: bridgeNames,
  },
  {
    code: 'nodes/vlan-device',
    severity: 'error',
    summary: 'No two interfaces of a node need a device of one name.',
    remedy:
      'name the VLAN interface itself, such as "uplink.20", with at most 15 characters; or give the network another VLAN ID',
    check: vlanDevices,
  },
  {
    code: 'nodes/owned-name',
    severity: 'error',
    summary:
      'Interfaces and bridges have no name that the kernel, Calico, Docker or another program gives, takes for its own or deletes.',
    remedy: 'write the name that `ip link` shows for the network card of the node',
    check: ownedDevices,
  },
  {
    code: 'nodes/two-uplinks',
    severity: 'error',
    summary: 'A node has one interface on the network that carries its pods.',
    remedy: 'keep one of them; for two cables to one network use a bond',
    check: twoUplinks,
  },
  {
    code: 'nodes/two-on-network',
    severity: 'warning',
    summary: 'A node has one interface per network.',
    remedy: 'keep one of them; for two cables to one network use a bond',
    check: twoOnNetwork,
  },
  {
    code: 'nodes/bridge-shared',
    severity: 'error',
    summary: 'A bridge has one interface of the plan as its port.',
    remedy: 'give each interface a bridge of its own; for two cables to one network use a bond',
    check: sharedBridges,
  },
  {
    code: 'nodes/wifi-bridge',
    severity: 'error',
    summary: 'No wireless interface is a port of a bridge.',
    remedy: 'connect the node by cable, or remove the bridge and use pods.mode routed',
    check: wifiBridge,
  },
  {
    code: 'nodes/mac-filter',
    severity: 'warning',
    summary: 'Hypervisors pass the MAC addresses of bridged pods (a reminder: flatlan cannot check this).',
    remedy: 'allow other MAC addresses on the virtual network adapter',
    check: macFilter,
  },
  {
    code: 'nodes/two-default-routes',
    severity: 'error',
    summary: 'A node with several default routes prefers one of them.',
    remedy: 'write defaultRoute: preferred on one interface',
    check: defaultRoutes,
  },
  {
    code: 'nodes/no-control-plane',
    severity: 'warning',
    summary: "At least one node has the role control-plane, so that Calico's controllers run on such nodes only.",
    remedy: 'add roles: [control-plane] to the nodes that run the control plane',
    check: noControlPlane,
  },
];
