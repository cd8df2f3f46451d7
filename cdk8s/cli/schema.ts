/** `flatlan schema [plan | values]`: a JSON Schema on standard output, for editors and scripts. */
import { networkSubchart } from '../helm/subcharts.ts';
import { subchartSchema } from '../helm/values-schema.ts';
import { planJsonSchema } from '../plan/schema/index.ts';
import { exit, type ExitCode } from './exit.ts';

export type SchemaName = 'plan' | 'values';

export function schema(name: SchemaName): ExitCode {
  process.stdout.write(
    name === 'plan' ? `${JSON.stringify(planJsonSchema(), null, 2)}\n` : subchartSchema(networkSubchart),
  );
  return exit.ok;
}
