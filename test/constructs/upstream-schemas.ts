/**
 * Upstream's CRDs as JSON Schemas that are closed: Kubernetes drops a field that a kind does not have, so a misspelled one
 * would be lost in silence. Open is only what upstream says is open.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

type Schema = Readonly<Record<string, unknown>>;

/** Validators by `apiVersion kind`, from every CRD below upstream/crds of the shared folder. */
export function upstreamSchemas(shared: string): ReadonlyMap<string, ValidateFunction> {
  const ajv = new Ajv({ strict: false, allErrors: true, code: { regExp: goRegExp } });
  // OpenAPI's number formats (Kubernetes validates them); of texts JSON Schema's own ones are enough.
  ajv.addFormat('int32', { type: 'number', validate: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31 });
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger });
  ajv.addFormat('date-time', /^[0-9]{4}-[0-9]{2}-[0-9]{2}T.+$/);
  for (const format of ['byte', 'cidr', 'ipv4', 'ipv6', 'double', 'float']) ajv.addFormat(format, true);

  const crds = join(shared, 'upstream/crds');
  const found = new Map<string, ValidateFunction>();
  for (const path of readdirSync(crds, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  )) {
    const { group, names, versions } = (parse(readFileSync(join(crds, path), 'utf8')) as Crd).spec;
    for (const { name, schema } of versions)
      found.set(`${group}/${name} ${names.kind}`, ajv.compile(closed(schema.openAPIV3Schema)));
  }
  return found;
}

/** Calico's patterns begin with Go's flag for "whatever the case". */
const goRegExp = Object.assign(
  (pattern: string, flags: string) =>
    pattern.includes('(?i)') ? new RegExp(pattern.replace('(?i)', ''), `${flags}i`) : new RegExp(pattern, flags),
  { code: 'goRegExp' },
);

/** The same schema, in which an object has the properties that stand there and no others. */
export function closed(schema: Schema): Schema {
  const copy: Record<string, unknown> = { ...schema };
  for (const key of ['items', 'additionalProperties', 'not']) if (isSchema(copy[key])) copy[key] = closed(copy[key]);
  if (isSchema(copy.properties)) {
    copy.properties = Object.fromEntries(
      Object.entries(copy.properties).map(([name, one]) => [name, closed(one as Schema)]),
    );
    const open =
      copy['x-kubernetes-preserve-unknown-fields'] === true || copy['x-kubernetes-embedded-resource'] === true;
    if (copy.additionalProperties === undefined && !open) copy.additionalProperties = false;
  }
  return copy;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
