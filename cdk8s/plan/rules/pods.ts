/** Rules about pods: the keys of each mode, and the network that carries pods. */
import { BLOCK_SIZE, DEFAULT_BLOCK_SIZE, span } from '../bounds.ts';
import type { Mode } from '../modes.ts';
import type { CheckedPlan } from '../read/checked-plan.ts';
import type { Rule, Violation } from './rule.ts';
import { bridgedRanges, bridgedRoutes, bridgedSettings, noBridge } from './pods-bridged.ts';
import { existingAlone, existingDistribution } from './pods-existing.ts';
import {
  bothKeys,
  listedTwice,
  listedUnused,
  networkNeeded,
  nodeOffNetwork,
  nodeOnTwo,
  unknownNetwork,
} from './pods-networks.ts';
import { insideNetwork, onLanInterfaces, reservations } from './pods-on-lan.ts';
import { fewBlocks, PODS_PER_NODE, smallerThanBlock, tooFewBlocks } from './pods-room.ts';
import { bridgedKeys, existingKeys } from './pods-without-calico.ts';

type ModeKey = 'subnet' | 'network' | 'networks' | 'perNode' | 'routes' | 'cni' | 'mtu' | 'blockSize';

const needs: Readonly<Record<Mode, { keys: readonly ModeKey[]; never: readonly ModeKey[] }>> = {
  routed: { keys: ['subnet'], never: ['perNode', 'routes', 'cni'] },
  'on-lan': { keys: ['subnet'], never: ['networks', 'perNode', 'routes', 'cni'] },
  bridged: { keys: ['network', 'perNode'], never: ['networks', 'subnet', 'cni'] },
  existing: { keys: ['cni', 'subnet'], never: ['blockSize', 'mtu', 'perNode', 'routes'] },
};

const missing: Readonly<Record<ModeKey, string>> = {
  subnet: "add the pods' subnet, such as subnet: 10.64.0.0/18",
  network: 'add the network whose addresses pods get, such as network: home',
  networks: 'add networks',
  perNode: 'add the range of each node, such as perNode: {first: 1, count: 100}',
  routes: 'add routes',
  cni: 'add the network plugin that the cluster has, such as cni: cilium',
  mtu: 'add mtu',
  blockSize: 'add blockSize',
};

/** Where a mode has other words for it. */
const missingIn: Readonly<Partial<Record<string, Partial<Record<ModeKey, string>>>>> = {
  existing: {
    subnet: "add the range of the cluster's pods (cluster-cidr, podSubnet), such as subnet: 10.42.0.0/16",
  },
};

const senseless: Readonly<Record<ModeKey, string>> = {
  subnet: 'remove it; perNode defines which addresses of the network a node has for its pods',
  network: 'remove it',
  networks: 'remove it; pods of this mode are on one network: pods.network',
  perNode: 'remove it; Calico gives each node blocks of pods.subnet',
  routes: 'remove it; pods use the routes of their node',
  cni: 'remove it, or write mode: existing if the cluster keeps a network plugin that it has',
  mtu: "remove it; the cluster's own network decides the MTU of pods",
  blockSize: "remove it; the cluster's own network divides the addresses of pods",
};

const senselessIn: typeof missingIn = {
  existing: { perNode: "remove it; the cluster's own network gives pods their addresses" },
};

function* modeKeys({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const { pods } = plan;
  if (!pods?.mode) return;
  const { keys, never } = needs[pods.mode];
  for (const key of keys)
    if (pods[key] === undefined && !incomplete(['pods', key]))
      yield {
        at: ['pods', key],
        problem: `pods.${key} is missing; mode ${pods.mode} requires it`,
        remedy: missingIn[pods.mode]?.[key] ?? missing[key],
      };
  for (const key of never) {
    const value = pods[key];
    // Routes are an empty list unless written, and blocks have their usual size.
    const unwritten = value === undefined || (Array.isArray(value) && value.length === 0);
    if (!unwritten && !(key === 'blockSize' && value === DEFAULT_BLOCK_SIZE))
      yield {
        at: ['pods', key],
        problem: `pods.${key} is not allowed in mode ${pods.mode}`,
        remedy: senselessIn[pods.mode]?.[key] ?? senseless[key],
      };
  }
}

export const podRules: readonly Rule[] = [
  {
    code: 'pods/block-size',
    severity: 'error',
    summary: `The block size is ${span(BLOCK_SIZE)} (Calico accepts other values but fails with them).`,
    remedy: 'write blockSize: 26, or leave it out',
  },
  {
    code: 'pods/mode-keys',
    severity: 'error',
    summary:
      'Each mode has the keys that it requires (subnet, with existing cni too; for bridged network and perNode) and none that it does not use.',
    remedy: 'add the key, or remove it',
    check: modeKeys,
  },
  {
    code: 'pods/unknown-network',
    severity: 'error',
    summary: 'pods.network and pods.networks name networks of the plan.',
    remedy: 'name one of the networks under networks',
    first: true,
    check: unknownNetwork,
  },
  {
    code: 'pods/network-needed',
    severity: 'error',
    summary:
      'pods.network or pods.networks names what carries pods if a node is on several networks with a router, or if on-lan nodes are on several.',
    remedy: 'add network or networks under pods',
    check: networkNeeded,
  },
  {
    code: 'pods/node-off-network',
    severity: 'error',
    summary: 'Every node has an interface on the network, or one of the networks, that carries pods.',
    remedy: 'add an interface on that network to the node, or remove the node',
    check: nodeOffNetwork,
  },
  {
    code: 'pods/network-or-networks',
    severity: 'error',
    summary: 'A plan has pods.network or pods.networks, not both.',
    remedy: 'keep networks',
    check: bothKeys,
  },
  {
    code: 'pods/node-on-two',
    severity: 'error',
    summary: 'Every node is on one of pods.networks, not on two: it has one address in the cluster.',
    remedy: 'remove one of the interfaces, or one of the networks from the list',
    check: nodeOnTwo,
  },
  {
    code: 'pods/network-twice',
    severity: 'error',
    summary: 'The list pods.networks has each network once.',
    remedy: 'remove the second',
    check: listedTwice,
  },
  {
    code: 'pods/network-unused',
    severity: 'error',
    summary: 'Some node is on each of pods.networks.',
    remedy: 'remove the network from the list',
    check: listedUnused,
  },
  {
    code: 'pods/smaller-than-block',
    severity: 'error',
    summary: "The pods' subnet has at least one block.",
    remedy: 'choose a larger subnet or a larger blockSize (smaller blocks)',
    check: smallerThanBlock,
  },
  {
    code: 'pods/too-few-blocks',
    severity: 'error',
    summary: 'There are at least as many blocks as nodes.',
    remedy: 'choose a larger subnet or a larger blockSize (smaller blocks)',
    check: tooFewBlocks,
  },
  {
    code: 'pods/few-blocks',
    severity: 'warning',
    summary: `There are enough blocks for ${PODS_PER_NODE} pods on every node, the kubelet's default.`,
    remedy: 'choose a larger subnet',
    check: fewBlocks,
  },
  {
    code: 'pods/inside-network',
    severity: 'error',
    summary: "The subnet of on-lan pods is a part of their network's subnet, not all of it.",
    remedy: "choose a part of the network's subnet, or make the network larger",
    check: insideNetwork,
  },
  {
    code: 'pods/reservations',
    severity: 'error',
    summary:
      'The subnet of on-lan pods contains no address of another device, unless such addresses fill whole blocks: nodes, pods and the router cannot reach a device inside a block of pods.',
    remedy: 'change the address of the device, or let the DHCP range fill the whole block, so that pods do not use it',
    check: reservations,
  },
  {
    code: 'pods/on-lan-interfaces',
    severity: 'error',
    summary:
      'With on-lan pods a node has an address at one interface: with a second one it would answer ARP for every address of the other network.',
    remedy: 'remove the other interface, write address: none where it is a bridge for pods only, or use mode routed',
    check: onLanInterfaces,
  },
  {
    code: 'pods/bridged-ranges',
    severity: 'error',
    summary:
      'The ranges of bridged pods do not overlap each other, are inside their network, and contain no node, gateway, router, reserved device or DHCP range.',
    remedy: 'lower perNode.count, or leave more space between the addresses of nodes',
    check: bridgedRanges,
  },
  {
    code: 'pods/no-bridge',
    severity: 'error',
    summary: "With bridged pods each node's interface on pods.network is a port of a bridge.",
    remedy: 'add bridge: br0 to that interface',
    check: noBridge,
  },
  {
    code: 'pods/existing-alone',
    severity: 'error',
    summary: 'With mode existing the plan has attachments, since the network itself stays as it is.',
    remedy: 'add attachments, or use no plan: the cluster needs nothing of it',
    check: existingAlone,
  },
  {
    code: 'pods/existing-keys',
    severity: 'error',
    summary:
      'With mode existing a plan has no key of Calico, MetalLB or BGP: load balancers, bgp, links, their versions.',
    remedy: 'remove the key',
    check: existingKeys,
  },
  {
    code: 'pods/existing-distribution',
    severity: 'error',
    summary: "The network of mode existing is one that the distribution can have: k3s' own is in k3s only.",
    remedy: 'correct pods.cni or kubernetes.distribution',
    check: existingDistribution,
  },
  {
    code: 'pods/bridged-keys',
    severity: 'error',
    summary:
      'With mode bridged a plan has no key of Calico, MetalLB or BGP: load balancers, bgp, links, their versions.',
    remedy: 'remove the key',
    check: bridgedKeys,
  },
  {
    code: 'pods/bridged-routes',
    severity: 'error',
    summary:
      'The networks of pods.routes are reached by a gateway: they overlap neither the own network of pods nor services.',
    remedy: 'correct pods.routes',
    check: bridgedRoutes,
  },
  {
    code: 'pods/bridged-settings',
    severity: 'error',
    summary: 'What bridged pods need on each node fits into one ConfigMap: some 5,000 nodes with short names.',
    remedy: 'split the cluster, or take shorter names of nodes',
    check: bridgedSettings,
  },
];
