/**
 * Which network carries a node's pods: the one that has its BGP sessions, its address in the cluster and its default route.
 * Rules and the resolver ask here, so that they mean the same.
 */
import { once } from './once.ts';
import { entries, type ReadableNode, type ReadablePlan } from './read/checked-plan.ts';

type ReadableInterface = NonNullable<NonNullable<ReadableNode['interfaces']>[string]>;

/** The networks that the plan names for it; undefined where it leaves the choice to `carrying`. */
export function namedCarriers({ pods }: Pick<ReadablePlan, 'pods'>): readonly string[] | undefined {
  if (pods?.networks) return pods.networks;
  return pods?.network === undefined ? undefined : [pods.network];
}

/** Whether the node has an address of its own at an interface; else the bridge is there for pods only. */
export function hasAddress({ address }: ReadableInterface): boolean {
  return address !== 'none';
}

/** The networks on which a node has an address. */
export function networksOf({ interfaces }: ReadableNode): ReadonlySet<string> {
  return new Set(
    entries(interfaces).flatMap(([, one]) => (one.network === undefined || !hasAddress(one) ? [] : [one.network])),
  );
}

/**
 * For each node the one of its networks that is named; where none is named its only network, or its only one with a router
 * of the plan, since no other can tell anyone the way to pods. Undefined where that leaves none, or several.
 */
export const carrying = once((plan: Pick<ReadablePlan, 'pods' | 'routers'>) => {
  const wanted = namedCarriers(plan);
  const named = wanted && new Set(wanted);
  const routed = new Set(entries(plan.routers).flatMap(([, { addresses }]) => Object.keys(addresses ?? {})));
  return once((node: ReadableNode): string | undefined => {
    const own = [...networksOf(node)];
    if (named) return only(own.filter((network) => named.has(network)));
    return only(own) ?? only(own.filter((network) => routed.has(network)));
  });
});

function only([first, second]: readonly string[]): string | undefined {
  return second === undefined ? first : undefined;
}
