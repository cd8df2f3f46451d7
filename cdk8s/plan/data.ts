/** Plain data: what YAML's maps, lists and scalars become. */
import type { Path } from './finding.ts';

export type DataMap = Record<string, unknown>;

export function isMap(value: unknown): value is DataMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without a prototype: a plan may have a network called constructor. */
export function emptyMap(): DataMap {
  return Object.create(null) as DataMap;
}

export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
