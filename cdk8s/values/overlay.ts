/** Merges values over defaults as Helm does (pkg/chart/common/util/coalesce.go): maps key by key, all else as a whole. */

type Map = Readonly<Record<string, unknown>>;

export function overlay<T extends object>(defaults: T, values: object): T {
  const result = { ...defaults } as Record<string, unknown>;
  for (const [key, value] of Object.entries(values)) {
    const below = result[key];
    result[key] = isMap(below) && isMap(value) ? overlay(below, value) : value;
  }
  return result as T;
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
