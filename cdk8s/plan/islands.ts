/**
 * Which things are joined by pairs, also over others: `islands([['a', 'b'], ['b', 'c']])` gives a, b and c one name, and any
 * other thing its own. A union-find: each step up shortens the later ones.
 */
export function islands(pairs: Iterable<readonly [string, string]>): (thing: string) => string {
  const parents = new Map<string, string>();
  const root = (thing: string): string => {
    let top = thing;
    for (let above = parents.get(top); above !== undefined; above = parents.get(top)) top = above;
    for (let one = thing; one !== top;) {
      const above = parents.get(one) ?? top;
      parents.set(one, top);
      one = above;
    }
    return top;
  };
  for (const [a, b] of pairs) {
    const [one, other] = [root(a), root(b)];
    if (one !== other) parents.set(other, one);
  }
  return root;
}
