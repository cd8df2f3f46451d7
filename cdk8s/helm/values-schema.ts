/**
 * values.schema.json of the umbrella and of its subcharts, from the zod types.
 */
import * as z from 'zod';
import { DO_NOT_EDIT } from '../banner.ts';
import { valuesJsonSchema } from '../values/network.ts';
import { umbrellaValuesSchema } from './umbrella-values.ts';
import type { Subchart } from './subcharts.ts';

export function umbrellaSchema(): string {
  return schemaText(umbrellaValuesSchema);
}

/** Helm hands a subchart its parent's `global` and `enabled` too. */
export function subchartSchema({ schema }: Subchart): string {
  return schemaText(schema.extend({ enabled: z.boolean().optional(), global: z.looseObject({}).optional() }));
}

function schemaText(schema: z.ZodType): string {
  const { $schema, ...rest } = valuesJsonSchema(schema);
  return `${JSON.stringify({ $schema, $comment: DO_NOT_EDIT, ...rest }, null, 2)}\n`;
}
