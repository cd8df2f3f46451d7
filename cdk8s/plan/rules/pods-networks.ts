/**
 * Rules about the networks that carry pods: each node is on exactly one.
 *
 *     pods.network   k8s --- node1, node2, node3              one network for all nodes
 *     pods.networks  servers-a --- node1, node2               one for each site, or for each rack
 *                    servers-b --- node3
 */
import { carrying, namedCarriers, networksOf } from '../carrier.ts';
import { entries, type CheckedPlan, type ReadableNode, type ReadablePlan } from '../read/checked-plan.ts';
import type { Path } from '../finding.ts';
import type { Violation } from './rule.ts';
import { carriersOf, routersByNetwork } from './view/topology.ts';
import { unknownNames } from './view/unknown-name.ts';

/** Each name that the plan has for them, with its place. */
function written({ pods }: ReadablePlan): { network: string; at: Path }[] {
  const one = pods?.network === undefined ? [] : [{ network: pods.network, at: ['pods', 'network'] }];
  return [...one, ...(pods?.networks ?? []).map((network, index) => ({ network, at: ['pods', 'networks', index] }))];
}

export function* unknownNetwork({ plan, names }: CheckedPlan): Iterable<Violation> {
  const unknown = unknownNames('network', names.networks);
  for (const { network, at } of written(plan)) yield* unknown(network, at);
}

export function* bothKeys({ plan: { pods } }: CheckedPlan): Iterable<Violation> {
  // Other modes have no list (pods/mode-keys).
  if (pods?.mode !== 'routed' || pods.network === undefined || pods.networks === undefined) return;
  yield {
    at: ['pods', 'network'],
    problem: `pods has network: ${pods.network} and networks: [${pods.networks.join(', ')}]`,
    remedy: pods.networks.includes(pods.network)
      ? 'remove network'
      : `remove network, and add ${pods.network} to networks if it carries pods too`,
  };
}

export function* listedTwice({ plan: { pods } }: CheckedPlan): Iterable<Violation> {
  const seen = new Set<string>();
  for (const [index, network] of (pods?.networks ?? []).entries()) {
    if (seen.has(network)) yield { at: ['pods', 'networks', index], problem: `pods.networks has ${network} twice` };
    seen.add(network);
  }
}

export function* listedUnused({ plan, names, incomplete }: CheckedPlan): Iterable<Violation> {
  if (incomplete(['nodes']) || entries(plan.nodes).length === 0) return;
  const used = new Set(entries(plan.nodes).flatMap(([, node]) => [...onNetworks(node)]));
  for (const [index, network] of (plan.pods?.networks ?? []).entries())
    if (names.networks?.has(network) && !used.has(network))
      yield { at: ['pods', 'networks', index], problem: `pods.networks has ${network}, but no node is on it` };
}

/** Those on which it has no address, too. */
function onNetworks({ interfaces }: ReadableNode): ReadonlySet<string> {
  return new Set(entries(interfaces).flatMap(([, { network }]) => (network === undefined ? [] : [network])));
}

export function* networkNeeded(checked: CheckedPlan): Iterable<Violation> {
  const { plan, incomplete } = checked;
  const { pods, nodes } = plan;
  // Bridged pods always need it (pods/mode-keys).
  if (!pods || pods.mode === 'bridged' || namedCarriers(plan) || incomplete(['pods']) || incomplete(['routers']))
    return;
  const carrierOf = carrying(plan);
  const several = entries(nodes).find(([, node]) => networksOf(node).size > 1 && carrierOf(node) === undefined);
  const carriers = [...carriersOf(checked).keys()];
  if (several) {
    const networks = [...networksOf(several[1])];
    yield {
      at: ['pods', 'network'],
      problem: `node ${several[0]} is on networks ${networks.join(' and ')}, and the plan does not say which one carries pods`,
      remedy: remedyFor(checked, networks),
    };
  } else if (pods.mode === 'on-lan' && carriers.length > 1)
    yield {
      at: ['pods', 'network'],
      problem: `nodes are on networks ${carriers.join(' and ')}, but on-lan pods are inside one network only`,
      remedy: `add network: ${carriers[0] ?? ''} (or another) under pods`,
    };
}

/** One network where every node is on it; else one for each group of nodes. */
function remedyFor(checked: CheckedPlan, own: readonly string[]): string {
  const all = entries(checked.plan.nodes).map(([, node]) => networksOf(node));
  const shared = own.find((network) => all.every((one) => one.has(network)));
  if (shared !== undefined) return `add network: ${shared} (or the other) under pods`;
  return `add networks: [${few(likelyCarriers(checked, all)).join(', ')}] (or others) under pods: one network of each node`;
}

/** For each node one of its networks with a router, rather one without clients. */
function likelyCarriers(checked: CheckedPlan, nodes: readonly ReadonlySet<string>[]): string[] {
  const routers = routersByNetwork(checked);
  const likely = nodes.flatMap((own) => {
    const routed = [...own].filter((network) => routers.has(network));
    return routed.find((network) => !checked.plan.networks?.[network]?.clients) ?? routed[0] ?? [];
  });
  return [...new Set(likely)];
}

export function* nodeOffNetwork(checked: CheckedPlan): Iterable<Violation> {
  const { plan, names, incomplete } = checked;
  const wanted = namedCarriers(plan);
  if (!wanted || incomplete(['pods']) || !wanted.every((network) => names.networks?.has(network))) return;
  const carriers = new Set(wanted);
  const off = entries(plan.nodes).filter(
    ([name, node]) =>
      // A node without interfaces has a finding of its own; an interface that could not be read may be the one.
      entries(node.interfaces).length > 0 &&
      !incomplete(['nodes', name, 'interfaces']) &&
      // One without an address has a finding of its own.
      !entries(node.interfaces).some(([, { network }]) => network !== undefined && carriers.has(network)),
  );
  if (off.length === 0) return;
  const likely = likelyCarriers(
    checked,
    off.map(([, node]) => networksOf(node)),
  );
  const single = wanted.length === 1;
  const where = single ? `network ${wanted.join()}, which carries` : `networks ${few(wanted).join(', ')}, which carry`;
  const list = [...wanted, ...likely];
  const listed =
    list.length > LONGEST_LIST ? `add ${few(likely).join(', ')} to networks` : `write networks: [${list.join(', ')}]`;
  const remedy = `add an interface on ${single ? 'that network' : 'one of them'} to the node${
    plan.pods?.mode === 'routed' && likely.length > 0
      ? `; or, if ${few(likely).join(' and ')} carr${likely.length === 1 ? 'ies' : 'y'} pods too, ${listed}${single ? ' in place of network' : ''}`
      : ', or remove the node'
  }`;
  for (const [name, node] of off)
    yield {
      at: ['nodes', name, 'interfaces'],
      problem: `node ${name} has no interface on ${where} pods; it is on ${[...onNetworks(node)].join(' and ')}`,
      remedy,
    };
}

/** A message names this many at most: a thousand nodes may each have one. */
const LONGEST_LIST = 8;

function few(names: readonly string[]): readonly string[] {
  return names.length > LONGEST_LIST ? [...names.slice(0, LONGEST_LIST), 'others'] : names;
}

export function* nodeOnTwo({ plan }: CheckedPlan): Iterable<Violation> {
  const wanted = new Set(plan.pods?.networks);
  for (const [node, value] of entries(plan.nodes)) {
    const both = [...networksOf(value)].filter((network) => wanted.has(network));
    if (both.length < 2) continue;
    yield {
      at: ['nodes', node, 'interfaces'],
      problem: `node ${node} is on networks ${both.join(' and ')}, which both carry pods: it is to be on one of them only`,
    };
  }
}
