/**
 * Maps and lists of more entries than any plan needs (MOST in bounds.ts). Each has one finding, and the plan is read without
 * it: what a rule or the resolver does with each pair of entries would take minutes.
 */
import { emptyMap, isMap, type DataMap } from '../data.ts';
import { pathText, type Path } from '../finding.ts';
import { once } from '../once.ts';
import { childrenOf, childSchema, mostOf, type Schema } from '../schema/walk.ts';
import type { ValueProblem } from './issues.ts';

export interface Sized {
  /** Without them. */
  readonly data: unknown;
  readonly problems: readonly ValueProblem[];
}

export function withinBounds(schema: Schema, data: unknown): Sized {
  const problems: ValueProblem[] = [];
  return { data: kept(schema, data, [], problems), problems };
}

/** The value without what is too large in it, the same one where nothing is; undefined if it is too large itself. */
function kept(schema: Schema, value: unknown, path: Path, problems: ValueProblem[]): unknown {
  if (typeof value !== 'object' || value === null || !isBounded(schema)) return value;
  const most = mostOf(schema);
  const count = Array.isArray(value) ? value.length : Object.keys(value).length;
  if (most !== undefined && count > most) {
    const problem = `${pathText(path)} has ${count} entries, more than ${most}`;
    problems.push({ rule: 'schema/too-many', problem, path, about: 'value' });
    return undefined;
  }
  return isMap(value) ? keptOf(schema, value, path, problems) : value;
}

/** No list of a plan has a bounded list or map in it. */
function keptOf(schema: Schema, map: DataMap, path: Path, problems: ValueProblem[]): DataMap {
  const left = Object.entries(map).map(([key, value]) => {
    const child = childSchema(schema, key);
    return [key, child ? kept(child, value, [...path, key], problems) : value] as const;
  });
  if (left.every(([key, value]) => value === map[key])) return map;
  return Object.assign(emptyMap(), Object.fromEntries(left.filter(([, value]) => value !== undefined)));
}

/** Whether it, or what lies under its keys, has a most. */
const isBounded: (schema: Schema) => boolean = once(
  (schema: Schema) => mostOf(schema) !== undefined || childrenOf(schema).some((child) => isBounded(child)),
);
