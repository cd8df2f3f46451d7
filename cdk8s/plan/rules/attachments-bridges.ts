/**
 * The bridges of attachments. A pod may run on any node, and the attachment names one bridge for all nodes:
 *
 *     node1   eth0 --- br0 --- pods          node2   eth0 --- br0 --- pods
 *                       \_______________________________/
 *                         one NetworkAttachmentDefinition: bridge br0
 */
import { entries, type CheckedPlan, type ReadableNode } from '../read/checked-plan.ts';
import { groupBy } from '../group.ts';
import type { Path } from '../finding.ts';
import { once } from '../once.ts';
import type { Violation } from './rule.ts';
import { listed } from '../wording.ts';
import { workersOf } from './view/attached.ts';
import { isWireless } from './nodes-bridges.ts';
import { type ReadableInterface } from './view/topology.ts';

/** A message names this many at most. */
const LONGEST_LIST = 4;

interface NamedInterface {
  readonly name: string;
  readonly value: ReadableInterface;
}

function interfacesOn(node: ReadableNode, network: string): NamedInterface[] {
  return entries(node.interfaces)
    .filter(([, value]) => value.network === network)
    .map(([name, value]) => ({ name, value }));
}

/** The networks of attachments, each with the words by which a message names its attachments. */
function* attachedNetworks({ plan, names }: CheckedPlan): Iterable<{ network: string; users: string; first: Path }> {
  const known = entries(plan.attachments).filter(
    ([, { network }]) => network !== undefined && names.networks?.has(network),
  );
  for (const [network, attachments] of groupBy(known, ([, attachment]) => attachment.network)) {
    const list = attachments.map(([name]) => name).join(', ');
    const first = ['attachments', attachments[0]?.[0] ?? '', 'network'];
    yield { network: network ?? '', users: `attachment${attachments.length > 1 ? 's' : ''} ${list}`, first };
  }
}

export function* notBridged(checked: CheckedPlan): Iterable<Violation> {
  const workers = workersOf(checked);
  if (!workers) return;
  for (const { network, users, first } of attachedNetworks(checked)) {
    let bridged = false;
    let unclear = false;
    for (const [node, value] of workers) {
      const at = ['nodes', node, 'interfaces'];
      const interfaces = interfacesOn(value, network);
      const [one] = interfaces;
      bridged ||= interfaces.some(hasBridge);
      unclear ||= checked.incomplete(at);
      if (!one || interfaces.some(hasBridge) || interfaces.some(isWirelessInterface) || checked.incomplete(at))
        continue;
      unclear = true;
      yield {
        at: [...at, one.name, 'bridge'],
        problem: `${one.name} of node ${node} is on network ${network} and is not a port of a bridge: pods with ${users} cannot join the network on this node`,
        remedy: `add bridge: br0 to ${one.name}, or remove the role worker from the node`,
      };
    }
    // A node with a finding of its own may be the one with the bridge.
    if (!bridged && !unclear && workers.length > 0)
      yield {
        at: first,
        problem: `no node that runs pods has a bridge on network ${network}: ${users} cannot work`,
        remedy: `add an interface on network ${network} with bridge: br0 to the nodes whose pods need it`,
      };
  }
}

/** Other sites, rented servers and wireless nodes: the plan's apps do not run there, other pods may. */
export function* offNetwork(checked: CheckedPlan): Iterable<Violation> {
  const workers = workersOf(checked) ?? [];
  // Where no node is right for the app, the advice for one attachment would contradict that for another.
  if (noNodeForApp(checked).length > 0) return;
  for (const { network, users } of attachedNetworks(checked)) {
    const bridged = workers.filter(([, node]) => interfacesOn(node, network).some(hasBridge)).map(([name]) => name);
    if (bridged.length === 0) continue;
    for (const [node, value] of workers) {
      const at = ['nodes', node, 'interfaces'];
      const interfaces = interfacesOn(value, network);
      // A node without interfaces has a finding of its own, and so has one with a cable to the network and no bridge.
      if (checked.incomplete(at) || entries(value.interfaces).length === 0) continue;
      if (interfaces.length > 0 && (interfaces.some(hasBridge) || !interfaces.some(isWirelessInterface))) continue;
      yield {
        at,
        problem: `node ${node} has no ${interfaces.length > 0 ? 'cable to' : 'interface on'} network ${network}: a pod with ${users} does not start there`,
        remedy: `let such pods run on ${listed(bridged.slice(0, LONGEST_LIST))}${bridged.length > LONGEST_LIST ? ' and similar nodes' : ''} only (node affinity), as the plan's apps do; or add a bridge on that network to the node`,
      };
    }
  }
}

/** A pod starts only where all of its attachments are. */
export const noNodeForApp = once((checked: CheckedPlan): readonly Violation[] => {
  const { plan } = checked;
  const workers = workersOf(checked);
  const used = (plan.apps?.['home-assistant']?.attachments ?? []).flatMap((name) => {
    const network = plan.attachments?.[name]?.network;
    return network === undefined ? [] : [{ name, network }];
  });
  if (!workers || used.length < 2 || workers.some(([node]) => checked.incomplete(['nodes', node, 'interfaces'])))
    return [];
  const nodesOf = ({ network }: { network: string }) =>
    workers.filter(([, node]) => interfacesOn(node, network).some(hasBridge)).map(([name]) => name);
  const everywhere = used.map((one) => ({ ...one, nodes: nodesOf(one) }));
  // An attachment without any node has a finding of its own.
  if (everywhere.some(({ nodes }) => nodes.length === 0)) return [];
  if (workers.some(([node]) => everywhere.every(({ nodes }) => nodes.includes(node)))) return [];
  const where = everywhere.map(({ name, nodes }) => `${name} is on ${listed(nodes.slice(0, LONGEST_LIST))}`);
  return [
    {
      at: ['apps', 'home-assistant', 'attachments'],
      problem: `no node has all attachments of home-assistant, so its pod starts on none: ${where.join(', ')}`,
      remedy: 'keep the attachments of one node, or give a node a bridge on each of these networks',
    },
  ];
});

function hasBridge({ value: { bridge } }: NamedInterface): boolean {
  return bridge !== undefined;
}

function isWirelessInterface({ name, value }: NamedInterface): boolean {
  return [name, ...(value.bond?.members ?? [])].some(isWireless);
}

export function* bridgeNames(checked: CheckedPlan): Iterable<Violation> {
  const nodes = entries(checked.plan.nodes);
  for (const { network, users } of attachedNetworks(checked)) {
    const bridges = nodes.flatMap(([node, value]) =>
      interfacesOn(value, network).flatMap(({ name, value: { bridge } }) =>
        bridge === undefined ? [] : [{ node, name, bridge }],
      ),
    );
    const usual = mostCommon(bridges.map(({ bridge }) => bridge));
    const example = bridges.find(({ bridge }) => bridge === usual);
    for (const { node, name, bridge } of bridges)
      if (bridge !== usual)
        yield {
          at: ['nodes', node, 'interfaces', name, 'bridge'],
          problem: `the bridge on network ${network} is named ${bridge} on node ${node} and ${usual ?? ''} on node ${example?.node ?? ''}, but ${users} can name one bridge only`,
          remedy: `write bridge: ${usual ?? ''}`,
        };
  }
}

/** The most frequent word; the first of several. */
function mostCommon(words: readonly string[]): string | undefined {
  const counts = [...groupBy(words, (word) => word)].map(([word, all]) => ({ word, count: all.length }));
  return counts.reduce<(typeof counts)[number] | undefined>(
    (most, one) => (most && most.count >= one.count ? most : one),
    undefined,
  )?.word;
}
