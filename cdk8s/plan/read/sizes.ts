/**
 * Maps and lists of more entries than any plan needs (MOST in bounds.ts). Each has one finding, and the plan is read without
 * it: what a rule or the resolver does with each pair of entries would take minutes.
 */
import { emptyMap, isMap, type DataMap } from '../data.ts';
import { pathText, type Path } from '../finding.ts';
import { once } from '../once.ts';
import { childrenOf, mostOf, shapeOf, type Schema } from '../schema/walk.ts';
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
  if (typeof value !== 'object' || value === null) return value;
  const { most, ofKeys, ofEach } = boundsOf(schema);
  const count = most === undefined ? 0 : Array.isArray(value) ? value.length : Object.keys(value).length;
  if (most !== undefined && count > most) {
    const problem = `${pathText(path)} has ${count} entries, more than ${most}`;
    problems.push({ rule: 'schema/too-many', problem, path, about: 'value' });
    return undefined;
  }
  // No list of a plan has a bounded list or map in it.
  if (!isMap(value)) return value;
  const changed = new Map<string, unknown>();
  for (const [key, child] of ofEach ? Object.keys(value).map((name) => [name, ofEach] as const) : ofKeys) {
    const left = kept(child, value[key], [...path, key], problems);
    if (left !== value[key]) changed.set(key, left);
  }
  return changed.size === 0 ? value : replaced(value, changed);
}

/** Without those that are undefined by now. */
function replaced(map: DataMap, changed: ReadonlyMap<string, unknown>): DataMap {
  const all = Object.entries(map).map(([key, value]) => [key, changed.has(key) ? changed.get(key) : value] as const);
  return Object.assign(emptyMap(), Object.fromEntries(all.filter(([, value]) => value !== undefined)));
}

interface BoundsOf {
  readonly most: number | undefined;
  /** Those of its keys that have bounds, themselves or below. */
  readonly ofKeys: readonly (readonly [string, Schema])[];
  /** The value of every entry of a map by name, if it has any. */
  readonly ofEach: Schema | undefined;
}

const boundsOf = once((schema: Schema): BoundsOf => {
  const shape = shapeOf(schema);
  return {
    most: mostOf(schema),
    ofKeys: Object.entries(shape ?? {}).filter(([, child]) => isBounded(child)),
    ofEach: shape ? undefined : childrenOf(schema).find(isBounded),
  };
});

function isBounded(schema: Schema): boolean {
  const { most, ofKeys, ofEach } = boundsOf(schema);
  return most !== undefined || ofKeys.length > 0 || ofEach !== undefined;
}
