/** Which routers are joined by links, over others too. */

interface Join {
  readonly between: readonly [string, string];
}

/** The router itself, and those that it reaches, in the order of distance. */
export function joined(links: readonly Join[], router: string): readonly string[] {
  const found = new Set([router]);
  // A set is walked in the order of insertion, what is added on the way too.
  for (const one of found)
    for (const { between } of links) {
      if (between[0] === one) found.add(between[1]);
      if (between[1] === one) found.add(between[0]);
    }
  return [...found];
}
