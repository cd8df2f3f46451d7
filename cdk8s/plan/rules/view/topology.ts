/**
 * What several families of rules need to know: who has which address, which networks carry pods, which routers are on them.
 * Everything that could not be read is left out.
 */
import { Address } from '../../../address/index.ts';
import { carrying, hasAddress } from '../../carrier.ts';
import { entries, type CheckedPlan, type ReadableNode, type ReadablePlan } from '../../read/checked-plan.ts';
import type { Path } from '../../finding.ts';
import { groupBy } from '../../group.ts';
import { hasCalico } from '../../modes.ts';
import { once } from '../../once.ts';
import { staticPods } from './attached.ts';

type Map_<Key extends 'networks' | 'routers'> = NonNullable<NonNullable<ReadablePlan[Key]>[string]>;
export type ReadableNetwork = Map_<'networks'>;
export type ReadableRouter = Map_<'routers'>;
export type ReadableInterface = NonNullable<NonNullable<ReadableNode['interfaces']>[string]>;

export interface NodeInterface {
  readonly node: string;
  readonly name: string;
  readonly value: ReadableInterface;
  readonly path: Path;
}

export const interfacesOf = once(({ nodes }: ReadablePlan): readonly NodeInterface[] =>
  entries(nodes).flatMap(([node, { interfaces }]) =>
    entries(interfaces).map(([name, value]) => ({ node, name, value, path: ['nodes', node, 'interfaces', name] })),
  ),
);

/** A fixed address in a network of the plan, and its owner. */
export interface Host {
  readonly kind: 'gateway' | 'router' | 'reserved' | 'node' | 'pod' | 'endpoint';
  /** `node node1`: its name in messages. */
  readonly who: string;
  readonly address: Address;
  /** The network's name; it need not exist. */
  readonly network: string;
  /** The network's DHCP server reserves it, so it may be inside the DHCP range. */
  readonly assigned: boolean;
  readonly path: Path;
}

/** Gateways, then routers, reserved devices, nodes, pods with a static address, and the API server's own address. */
export const hostsOf = once((checked: CheckedPlan): readonly Host[] => {
  const { plan } = checked;
  const hosts: Host[] = [];
  for (const [network, { gateway }] of entries(plan.networks))
    if (gateway) {
      const who = `the gateway of network ${network}`;
      const path = ['networks', network, 'gateway'];
      hosts.push({ kind: 'gateway', who, address: gateway, network, assigned: false, path });
    }
  for (const [name, { addresses }] of entries(plan.routers))
    for (const [network, address] of entries(addresses)) {
      const path = ['routers', name, 'addresses', network];
      hosts.push({ kind: 'router', who: `router ${name}`, address, network, assigned: false, path });
    }
  for (const [network, { reserved }] of entries(plan.networks))
    for (const [name, address] of entries(reserved)) {
      const path = ['networks', network, 'reserved', name];
      const who = `the reserved device ${name}`;
      hosts.push({ kind: 'reserved', who, address, network, assigned: false, path });
    }
  for (const { node, value, path } of interfacesOf(plan))
    if (value.address instanceof Address && value.network !== undefined)
      hosts.push({
        kind: 'node',
        who: `node ${node}`,
        address: value.address,
        network: value.network,
        assigned: value.assigned === 'dhcp',
        path: [...path, 'address'],
      });
  for (const { name, address, attachment, addressPath } of staticPods(checked)) {
    const network = plan.attachments?.[attachment]?.network;
    if (network !== undefined)
      hosts.push({ kind: 'pod', who: name, address, network, assigned: false, path: addressPath });
  }
  return [...hosts, ...apiServer(checked, hosts)];
});

/** The API server's address, where nobody else has it. */
function apiServer({ plan }: CheckedPlan, others: readonly Host[]): Host[] {
  const address = plan.kubernetes?.endpoint?.host;
  if (!(address instanceof Address) || others.some((host) => host.address.equals(address))) return [];
  return entries(plan.networks)
    .filter(([, { subnet }]) => subnet?.contains(address))
    .map(([network]) => ({
      kind: 'endpoint',
      who: "the API server's address (kubernetes.endpoint)",
      address,
      network,
      assigned: false,
      path: ['kubernetes', 'endpoint'],
    }));
}

/** The interfaces by which a node has a default route. */
export function defaultRoutesOf(
  plan: ReadablePlan,
  { interfaces }: ReadableNode,
): (readonly [string, ReadableInterface])[] {
  return entries(interfaces).filter(
    ([, one]) =>
      one.network !== undefined &&
      hasAddress(one) &&
      one.defaultRoute !== 'none' &&
      plan.networks?.[one.network]?.gateway !== undefined,
  );
}

/** The networks that carry pods, each with its nodes. */
export const carriersOf = once(({ plan }: CheckedPlan): ReadonlyMap<string, readonly string[]> => {
  const carrierOf = carrying(plan);
  const carried = entries(plan.nodes).flatMap(([name, node]) => {
    const network = carrierOf(node);
    return network === undefined ? [] : [{ name, network }];
  });
  const byNetwork = groupBy(carried, ({ network }) => network);
  return new Map([...byNetwork].map(([network, nodes]) => [network, nodes.map(({ name }) => name)]));
});

export interface RouterOnNetwork {
  readonly name: string;
  readonly router: ReadableRouter;
  readonly address: Address;
}

/** The routers of each network. */
export const routersByNetwork = once(({ plan }: CheckedPlan): ReadonlyMap<string, readonly RouterOnNetwork[]> =>
  groupBy(
    entries(plan.routers).flatMap(([name, router]) =>
      entries(router.addresses).map(([network, address]) => ({ name, router, address, network })),
    ),
    ({ network }) => network,
  ),
);

/** Each router with each of its networks, for islands(). */
export function* ports(routers: Iterable<readonly [string, ReadableRouter]>): Iterable<[string, string]> {
  for (const [router, { addresses }] of routers)
    for (const network of Object.keys(addresses ?? {})) yield [`router ${router}`, `network ${network}`];
}

/** Whether the mode of pods has Calico; undefined where it could not be read. */
export function usesCalico(plan: ReadablePlan): boolean | undefined {
  const mode = plan.pods?.mode;
  return mode && hasCalico(mode);
}
