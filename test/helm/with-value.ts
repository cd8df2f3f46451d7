/** Values that Helm tests change. */

type Tree = Record<string | number, unknown>;

/** A copy of a tree with another value at a path; undefined takes it out. */
export function withValue(base: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(base) as Tree;
  let at = copy;
  for (const key of path.slice(0, -1)) at = (at[key] ??= {}) as Tree;
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return copy;
}
