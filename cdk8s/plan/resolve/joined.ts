/** Which routers are joined by links, over others too. */
import { once } from '../once.ts';

interface Join {
  readonly between: readonly [string, string];
}

/** The router itself, and those that it reaches, in the order of distance. */
export function joined(links: readonly Join[], router: string): readonly string[] {
  return reachedBy(links)(router);
}

const reachedBy = once((links: readonly Join[]) => {
  const neighbors = new Map<string, string[]>();
  const add = (one: string, other: string): void => void neighbors.set(one, [...(neighbors.get(one) ?? []), other]);
  for (const { between } of links) {
    add(between[0], between[1]);
    add(between[1], between[0]);
  }
  const known = new Map<string, readonly string[]>();
  return (router: string): readonly string[] => {
    const before = known.get(router);
    if (before) return before;
    const found = new Set([router]);
    // A set is walked in the order of insertion, what is added on the way too.
    for (const one of found) for (const other of neighbors.get(one) ?? []) found.add(other);
    known.set(router, [...found]);
    return [...found];
  };
});
