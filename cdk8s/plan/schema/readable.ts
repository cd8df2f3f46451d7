/** What can be read of data that does not match its schema: every value that is valid by itself. */
import * as z from 'zod';
import { isMap } from '../data.ts';
import type { Path } from '../finding.ts';
import { type Schema, unwrap } from './walk.ts';

export interface Reading {
  /** Values that could not be read. */
  isBroken(path: Path): boolean;
  /** Called if items of a list were left out, with the indexes of those that were kept. */
  kept(list: Path, indexes: readonly number[]): void;
}

/**
 * The value as the schema outputs it, without the parts that it rejects; undefined if nothing is left. A key that is not in
 * the data gets its default; a key with a wrong value gets no value, because the default is not what the person wrote.
 */
export function readable(schema: Schema, data: unknown, path: Path, reading: Reading): unknown {
  if (reading.isBroken(path)) return undefined;
  const bare = unwrap(schema);
  if (bare instanceof z.ZodObject) return isMap(data) ? readObject(bare, data, path, reading) : undefined;
  if (bare instanceof z.ZodRecord) {
    const valueType = bare.valueType;
    return isMap(data)
      ? fromEntries(Object.keys(data), (key) => readable(valueType, data[key], [...path, key], reading))
      : undefined;
  }
  if (bare instanceof z.ZodArray) return Array.isArray(data) ? readList(bare, data, path, reading) : undefined;
  return z.safeParse(schema, data).data;
}

function readObject(schema: z.ZodObject, data: Record<string, unknown>, path: Path, reading: Reading): unknown {
  const shape = schema.shape as Record<string, Schema>;
  return fromEntries(Object.keys(shape), (key) => {
    const child = shape[key];
    const at = [...path, key];
    if (!child || reading.isBroken(at)) return undefined;
    return Object.hasOwn(data, key) ? readable(child, data[key], at, reading) : z.safeParse(child, undefined).data;
  });
}

function fromEntries(keys: readonly string[], valueOf: (key: string) => unknown): Record<string, unknown> {
  const entries = keys.map((key) => [key, valueOf(key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function readList(schema: z.ZodArray, data: readonly unknown[], path: Path, reading: Reading): unknown {
  const element = schema.element;
  const items = data.map((item, index) => ({ index, value: readable(element, item, [...path, index], reading) }));
  const read = items.filter(({ value }) => value !== undefined);
  if (read.length < items.length)
    reading.kept(
      path,
      read.map(({ index }) => index),
    );
  return read.map(({ value }) => value);
}
