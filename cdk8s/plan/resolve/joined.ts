/** Which routers are joined by links, over others too. */
import { groupBy } from '../group.ts';
import { once, onceByName } from '../once.ts';

interface Join {
  readonly between: readonly [string, string];
}

const neighborsOf = once((links: readonly Join[]) => {
  const ends = links.flatMap(({ between: [a, b] }) => [
    { router: a, other: b },
    { router: b, other: a },
  ]);
  return groupBy(ends, ({ router }) => router);
});

/** The router itself, and those that it reaches, in the order of distance. */
export const joined = onceByName((links: readonly Join[], router: string): readonly string[] => {
  const found = new Set([router]);
  // A set is walked in the order of insertion, what is added on the way too.
  for (const one of found) for (const { other } of neighborsOf(links).get(one) ?? []) found.add(other);
  return [...found];
});
