/** The names of the platforms of one kind, in the order of their table (the `index.ts` of their folder): the words that a plan has for them. */
export function platformNames<Name extends string>(table: Readonly<Record<Name, unknown>>): [Name, ...Name[]] {
  return Object.keys(table) as [Name, ...Name[]];
}
