/** Rules about nodes and their interfaces. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { bondMembers, bridgeNames, sharedBridges, wifiBridge } from './nodes-bridges.ts';
import { macDuplicate, macFilter, macUnicast } from './nodes-macs.ts';
import { interfacesOf } from './view/topology.ts';
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
    const routed = all.filter(([, { network }]) => network !== undefined && plan.networks?.[network]?.gateway);
    if (first || routed.length < 2 || incomplete(at)) continue;
    const carrier = routed.find(([, { network }]) => network === plan.pods?.network) ?? routed[0];
    yield {
      at,
      problem: `node ${node} has a default route by ${routed.map(([name]) => name).join(' and by ')}, and none is preferred`,
      remedy: `add defaultRoute: preferred to the one that leads to the internet, as a rule ${carrier?.[0] ?? 'the first'}`,
    };
  }
}

function* noControlPlane({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const nodes = entries(plan.nodes);
  // Without Calico there are no such pods.
  if (nodes.length === 0 || plan.pods?.mode === 'bridged' || incomplete(['nodes'])) return;
  if (nodes.every(([, { roles }]) => !roles?.includes('control-plane')))
    yield {
      at: ['nodes'],
      problem:
        "no node has the role control-plane: Calico's own control pods may then land on any node, and stay on one that died",
    };
}

export const nodeRules: readonly Rule[] = [
  {
    code: 'nodes/name',
    severity: 'error',
    summary:
      'Names of nodes, networks, routers and the rest are small letters, digits and dashes, at most 63: they become Kubernetes names and file names.',
    remedy: 'rename it',
  },
  {
    code: 'nodes/interface-name',
    severity: 'error',
    summary: 'Interface names have at most 15 letters, digits, dots, dashes and underscores (Linux allows no more).',
    remedy: 'write the name that `ip link` shows on the node',
  },
  {
    code: 'nodes/pattern',
    severity: 'error',
    summary: 'A node pattern such as "node{1..100}" counts up, without leading zeros, and stands for nodes of its own.',
    remedy: 'write it like "node{1..100}", in quotes, with {} for the number in its values',
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
    remedy: 'add the interface that carries the node, such as eth0: {network: home, address: 192.168.2.10}',
    check: noInterface,
  },
  {
    code: 'nodes/unknown-network',
    severity: 'error',
    summary: 'Interfaces name networks of the plan.',
    remedy: 'name a network that stands under networks',
    check: unknownNetworks,
  },
  {
    code: 'nodes/mac-unicast',
    severity: 'error',
    summary: 'A MAC address is that of one device.',
    remedy: 'write the address that `ip link` shows on the node',
    check: macUnicast,
  },
  {
    code: 'nodes/mac-duplicate',
    severity: 'error',
    summary: 'No two interfaces have one MAC address, but a VLAN interface has that of its parent.',
    remedy: 'write the address that `ip link` shows on each node; give copied virtual machines new ones',
    check: macDuplicate,
  },
  {
    code: 'nodes/bond-members',
    severity: 'error',
    summary: "An interface is in one bond, once, and carries no network besides the bond's.",
    remedy: 'name each interface in one bond only',
    check: bondMembers,
  },
  {
    code: 'nodes/bridge-name',
    severity: 'error',
    summary: 'A bridge has a name of its own on its node.',
    remedy: 'name the bridge differently, such as cni0',
    check: bridgeNames,
  },
  {
    code: 'nodes/bridge-shared',
    severity: 'error',
    summary: 'A bridge has one interface of the plan under it.',
    remedy: 'give each interface a bridge of its own; for two cables into one network use a bond',
    check: sharedBridges,
  },
  {
    code: 'nodes/wifi-bridge',
    severity: 'error',
    summary: 'No wireless interface is under a bridge.',
    remedy: 'connect the node by cable, or take the bridge away and use pods.mode routed',
    check: wifiBridge,
  },
  {
    code: 'nodes/mac-filter',
    severity: 'warning',
    summary: "Hypervisors let the MAC addresses of bridged pods through (a reminder: a plan can't see it).",
    remedy: 'allow further MAC addresses on the virtual network adapter',
    check: macFilter,
  },
  {
    code: 'nodes/two-default-routes',
    severity: 'error',
    summary: 'A node prefers one default route where it has several.',
    remedy: 'write defaultRoute: preferred on one interface',
    check: defaultRoutes,
  },
  {
    code: 'nodes/no-control-plane',
    severity: 'warning',
    summary: "A node has the role control-plane, so that Calico's own pods can be kept on such nodes.",
    remedy: 'add roles: [control-plane] to the nodes that run the control plane',
    check: noControlPlane,
  },
];
