/** What the values of a chart have in place of a list: each item's value by its name. */
export function byName<Item extends { readonly name: string }, Spec>(
  items: readonly Item[],
  spec: (item: Item) => Spec,
): Record<string, Spec> {
  return Object.fromEntries(items.map((item) => [item.name, spec(item)]));
}
