/** Rules about pods: what each mode needs, and the network that carries them. */
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Rule, Violation } from './rule.ts';
import { bridgedRanges, noBridge } from './pods-bridged.ts';
import { insideNetwork, onLanInterfaces, reservations } from './pods-on-lan.ts';
import { fewBlocks, PODS_PER_NODE, smallerThanBlock, tooFewBlocks } from './pods-room.ts';
import { carriersOf, networksOf } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

type ModeKey = 'subnet' | 'network' | 'perNode' | 'routes';

const needs: Readonly<
  Record<'routed' | 'bridged' | 'on-lan', { keys: readonly ModeKey[]; never: readonly ModeKey[] }>
> = {
  routed: { keys: ['subnet'], never: ['perNode', 'routes'] },
  'on-lan': { keys: ['subnet'], never: ['perNode', 'routes'] },
  bridged: { keys: ['network', 'perNode'], never: ['subnet'] },
};

const missing: Readonly<Record<ModeKey, string>> = {
  subnet: "add the pods' addresses, such as subnet: 10.64.0.0/18",
  network: 'add the network whose addresses pods take, such as network: home',
  perNode: "add each node's own range, such as perNode: {first: 1, count: 100}",
  routes: 'add routes',
};

const senseless: Readonly<Record<ModeKey, string>> = {
  subnet: 'take it out; perNode says which addresses of the network a node has for its pods',
  network: 'take it out',
  perNode: 'take it out; Calico gives each node blocks of pods.subnet',
  routes: 'take it out; pods use the routes of their node',
};

function* modeKeys({ plan }: CheckedPlan): Iterable<Violation> {
  const { pods } = plan;
  if (!pods?.mode) return;
  const { keys, never } = needs[pods.mode];
  for (const key of keys)
    if (pods[key] === undefined)
      yield {
        at: ['pods', key],
        problem: `pods.${key} is missing, which mode ${pods.mode} needs`,
        remedy: missing[key],
      };
  for (const key of never) {
    const value = pods[key];
    // Routes are an empty list unless written.
    if (value !== undefined && !(Array.isArray(value) && value.length === 0))
      yield {
        at: ['pods', key],
        problem: `pods.${key} means nothing in mode ${pods.mode}`,
        remedy: senseless[key],
      };
  }
}

function unknownNetwork({ plan, names }: CheckedPlan): Iterable<Violation> {
  return unknownNames('network', names.networks)(plan.pods?.network, ['pods', 'network']);
}

function* networkNeeded(checked: CheckedPlan): Iterable<Violation> {
  const { pods, nodes } = checked.plan;
  // Bridged pods cannot do without it at all (pods/mode-keys).
  if (!pods || pods.mode === 'bridged' || pods.network !== undefined) return;
  const several = entries(nodes).find(([, node]) => networksOf(node).size > 1);
  const carriers = [...carriersOf(checked).keys()];
  if (several) {
    const networks = [...networksOf(several[1])];
    yield {
      at: ['pods', 'network'],
      problem: `node ${several[0]} is on networks ${networks.join(' and ')}; which one carries pods?`,
      remedy: `add network: ${networks[0] ?? ''} (or the other) under pods`,
    };
  } else if (pods.mode === 'on-lan' && carriers.length > 1)
    yield {
      at: ['pods', 'network'],
      problem: `nodes are on networks ${carriers.join(' and ')}; on-lan pods lie in one of them`,
      remedy: `add network: ${carriers[0] ?? ''} (or another) under pods`,
    };
}

function* nodeOffNetwork({ plan, names, incomplete }: CheckedPlan): Iterable<Violation> {
  const wanted = plan.pods?.network;
  if (wanted === undefined || !names.networks?.has(wanted)) return;
  for (const [name, node] of entries(plan.nodes)) {
    const at: Path = ['nodes', name, 'interfaces'];
    const own = networksOf(node);
    // A node without any interface has its own finding; one that could not be read may be the one.
    if (own.size === 0 || own.has(wanted) || incomplete(at)) continue;
    yield {
      at,
      problem: `node ${name} has no interface on network ${wanted}, which carries pods; it is on ${[...own].join(' and ')}`,
    };
  }
}

export const podRules: readonly Rule[] = [
  {
    code: 'pods/block-size',
    severity: 'error',
    summary: 'The block size is 20 to 32 (Calico takes others and breaks).',
    remedy: 'write blockSize: 26, or leave it out',
  },
  {
    code: 'pods/mode-keys',
    severity: 'error',
    summary:
      'A mode has the keys that it needs (subnet; for bridged network and perNode) and none that means nothing in it.',
    remedy: 'add the key, or take it out',
    check: modeKeys,
  },
  {
    code: 'pods/unknown-network',
    severity: 'error',
    summary: 'pods.network is a network of the plan.',
    remedy: 'name a network that stands under networks',
    check: unknownNetwork,
  },
  {
    code: 'pods/network-needed',
    severity: 'error',
    summary: 'pods.network says which network carries pods where a node is on several, or where on-lan nodes are.',
    remedy: 'add network under pods',
    check: networkNeeded,
  },
  {
    code: 'pods/node-off-network',
    severity: 'error',
    summary: 'Every node has an interface on the network that carries pods.',
    remedy: 'add an interface on that network to the node, or take the node out',
    check: nodeOffNetwork,
  },
  {
    code: 'pods/smaller-than-block',
    severity: 'error',
    summary: "The pods' subnet holds at least one block.",
    remedy: 'choose a wider subnet or a larger blockSize',
    check: smallerThanBlock,
  },
  {
    code: 'pods/too-few-blocks',
    severity: 'error',
    summary: 'There are at least as many blocks as nodes.',
    remedy: 'choose a wider subnet or a larger blockSize',
    check: tooFewBlocks,
  },
  {
    code: 'pods/few-blocks',
    severity: 'warning',
    summary: `There are enough blocks for ${PODS_PER_NODE} pods on every node, the kubelet's default.`,
    remedy: 'choose a wider subnet',
    check: fewBlocks,
  },
  {
    code: 'pods/inside-network',
    severity: 'error',
    summary: 'On-lan pods lie strictly inside their network.',
    remedy: "choose a part of the network's subnet, or widen the network",
    check: insideNetwork,
  },
  {
    code: 'pods/reservations',
    severity: 'error',
    summary:
      "Among on-lan pods there is no other device's address, unless such addresses fill whole blocks: nodes, pods and router lose a device that lies in a block of theirs.",
    remedy: 'move the device, or let its DHCP range fill the whole block, so that pods leave it out',
    check: reservations,
  },
  {
    code: 'pods/on-lan-interfaces',
    severity: 'error',
    summary: 'With on-lan pods a node has one interface: it would answer for every address of the other network on it.',
    remedy: 'take the other interface out, or use mode routed',
    check: onLanInterfaces,
  },
  {
    code: 'pods/bridged-ranges',
    severity: 'error',
    summary:
      "Nodes' ranges of bridged pods are apart, inside their network, and free of nodes, gateways, routers, reserved devices and DHCP.",
    remedy: 'lower perNode.count, or set the addresses of nodes further apart',
    check: bridgedRanges,
  },
  {
    code: 'pods/no-bridge',
    severity: 'error',
    summary: "With bridged pods each node's interface on pods.network is under a bridge.",
    remedy: 'add bridge: cni0 to that interface',
    check: noBridge,
  },
];
