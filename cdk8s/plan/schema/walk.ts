/** Looking into zod's tree: what lies under a key. */
import * as z from 'zod';
import type { Path } from '../finding.ts';

export type Schema = z.core.$ZodType;

/** What a default, an optional key or a transform is wrapped around. */
function innerOf(schema: Schema): Schema | undefined {
  const { innerType, in: input } = schema._zod.def as { innerType?: Schema; in?: Schema };
  return innerType ?? input;
}

/** A schema without what wraps it. */
export function unwrap(schema: Schema): Schema {
  const inner = innerOf(schema);
  return inner ? unwrap(inner) : schema;
}

/** The keys of an object schema, or of that form of a union which is one. */
export function shapeOf(schema: Schema | undefined): Readonly<Record<string, Schema>> | undefined {
  const bare = schema && unwrap(schema);
  if (bare instanceof z.ZodUnion)
    return (bare.def.options as readonly Schema[]).map(shapeOf).find((shape) => shape !== undefined);
  return bare instanceof z.ZodObject ? bare.shape : undefined;
}

/** The schema of a key of a map or an element of a list. */
function childSchema(schema: Schema, key: string | number): Schema | undefined {
  const bare = unwrap(schema);
  const shape = shapeOf(bare);
  if (shape) return Object.hasOwn(shape, key) ? shape[key] : undefined;
  if (bare instanceof z.ZodRecord) return bare.valueType;
  if (bare instanceof z.ZodArray) return bare.element;
  if (bare instanceof z.ZodTuple) return (bare.def.items as readonly Schema[])[Number(key)];
  return undefined;
}

/** Of all its keys, or of its entries. */
export function childrenOf(schema: Schema): readonly Schema[] {
  const bare = unwrap(schema);
  const shape = shapeOf(bare);
  if (shape) return Object.values(shape);
  if (bare instanceof z.ZodRecord) return [bare.valueType];
  return bare instanceof z.ZodArray ? [bare.element] : [];
}

export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  let at: Schema | undefined = schema;
  for (const key of path) at = at && childSchema(at, key);
  return at;
}

/** How a value of this schema looks in a plan, from its examples. */
export function exampleOf(schema: Schema | undefined): string | undefined {
  if (!schema) return undefined;
  const examples: unknown = z.globalRegistry.get(schema)?.examples;
  if (!Array.isArray(examples) || examples.length === 0) return exampleOf(innerOf(schema));
  const [example] = examples as readonly unknown[];
  if (Array.isArray(example)) return `[${example.join(', ')}]`;
  const needsQuotes = typeof example === 'string' && Number.isFinite(Number(example));
  return needsQuotes ? `"${example}"` : String(example);
}

/** How many entries a map or list of this schema has at most. */
export function mostOf(schema: Schema): number | undefined {
  const { maxProperties, maxItems } = z.globalRegistry.get(schema) ?? {};
  const own = maxProperties ?? maxItems;
  if (typeof own === 'number') return own;
  const inner = innerOf(schema);
  return inner && mostOf(inner);
}

/** Where a key is known, by name: `vlan` is one of `networks.<name>`. */
export function holdersOf(schema: Schema, key: string, at: readonly string[] = []): string[] {
  const bare = unwrap(schema);
  if (bare instanceof z.ZodRecord) return holdersOf(bare.valueType, key, [...at, '<name>']);
  const shape = shapeOf(bare);
  if (!shape) return [];
  const deeper = Object.entries(shape).flatMap(([name, child]) => holdersOf(child, key, [...at, name]));
  return Object.hasOwn(shape, key) && at.length > 0 ? [at.join('.'), ...deeper] : deeper;
}
