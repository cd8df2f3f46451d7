/**
 * Interfaces on which the node has no address of its own: their bridge is there for pods only.
 *
 *     lan --- eth1 --- br0 --- pods          address: none
 *     k8s --- eth0: 10.20.30.11              BGP, the address of the node in the cluster, its default route
 */
import { hasAddress, namedCarriers } from '../carrier.ts';
import { entries, type CheckedPlan } from '../read/checked-plan.ts';
import type { Violation } from './rule.ts';
import { interfacesOf, type NodeInterface } from './view/topology.ts';

export function* withoutAddress(checked: CheckedPlan): Iterable<Violation> {
  const carriers = new Set(namedCarriers(checked.plan));
  for (const one of interfacesOf(checked.plan)) if (!hasAddress(one.value)) yield* mistakes(checked, one, carriers);
}

function* mistakes(
  { incomplete }: CheckedPlan,
  { node, name, value, path }: NodeInterface,
  carriers: ReadonlySet<string>,
): Iterable<Violation> {
  const { network, bridge, assigned, defaultRoute } = value;
  const who = `${name} of node ${node}`;
  const at = [...path, 'address'];
  if (network !== undefined && carriers.has(network))
    yield {
      at,
      problem: `${who} is on network ${network}, which carries pods, but has address: none: BGP and Kubernetes need an address of the node there`,
      remedy: 'write the address of the node, or dhcp',
    };
  else if (bridge === undefined && !incomplete([...path, 'bridge']))
    yield {
      at,
      problem: `${who} has address: none and no bridge: nothing uses it`,
      remedy: 'add bridge: br0, if pods are to join the network; else write its address, or remove the interface',
    };
  if (assigned !== undefined)
    yield {
      at: [...path, 'assigned'],
      problem: `${who} has address: none, so the DHCP server has nothing to assign`,
      remedy: 'remove assigned, or write the address that the server reserves',
    };
  if (defaultRoute === 'preferred')
    yield {
      at: [...path, 'defaultRoute'],
      problem: `${who} has address: none, so no default route can use it`,
      remedy: 'prefer an interface with an address',
    };
}

export function* noAddress({ plan, incomplete }: CheckedPlan): Iterable<Violation> {
  const carriers = new Set(namedCarriers(plan));
  for (const [node, { interfaces }] of entries(plan.nodes)) {
    const all = entries(interfaces);
    const at = ['nodes', node, 'interfaces'];
    if (all.length === 0 || incomplete(at) || all.some(([, one]) => hasAddress(one))) continue;
    // That one is said to need an address already.
    if (all.some(([, { network }]) => network !== undefined && carriers.has(network))) continue;
    yield { at, problem: `node ${node} has no address: every interface has address: none` };
  }
}
