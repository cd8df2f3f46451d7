/** docs/plan.md: every key of a plan, from the schema that editors and the parser use. */
import { DO_NOT_EDIT } from '../banner.ts';
import { planJsonSchema } from '../plan/schema/index.ts';

const banner = `<!-- ${DO_NOT_EDIT} -->`;

const introduction = `# The plan

A plan is one YAML file that describes your network: its subnets, routers and machines, and how pods are reached.
\`flatlan check\` reports everything that is wrong with it at once, \`flatlan synth\` generates all other files from it.

- Maps are keyed by names that you choose: lowercase letters, digits and dashes, at most 63 characters.
- Subnets are written with their first address (\`192.168.2.0/24\`), addresses without leading zeros.
- \`"node{1..100}"\` under \`nodes\` means a hundred nodes, and \`{}\` in its values is the number. Braces need quotes.
  A plain name overrides its pattern key by key; \`interfaces\` is replaced as a whole.
- The file is YAML 1.2: \`true\` and \`false\`, not \`yes\` and \`no\`; a version such as \`"1.36"\` in quotes; each key once; no
  merge keys (\`<<\`), no tags. Anchors and aliases are allowed if they add up to at most 1000 values.
- Secrets never stand in a plan: it names where they are kept.

Editors complete and check a plan whose first line is \`# yaml-language-server: $schema=<path to>/plan.schema.json\`.`;

/** The part of JSON Schema that planJsonSchema() uses. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxProperties?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
}

/** The whole page. */
export function planReference(): string {
  return `${[banner, introduction, ...sections(planJsonSchema(), 'Top level')].join('\n\n')}\n`;
}

/** The table of a map of keys, then those of the maps in it. */
function sections(schema: Schema, title: string, path = ''): string[] {
  const keys = Object.entries(schema.properties ?? {});
  const heading = path === '' ? [`## ${title}`] : [`## \`${title}\``, escaped(schema.description ?? '')];
  const rows = keys.map(([key, value]) => row(key, value, schema.required?.includes(key) === true, `${path}${key}`));
  const below = keys.flatMap(([key, value]) =>
    mapsIn(value, `${path}${key}`).flatMap(([at, map]) => sections(map, at, `${at}.`)),
  );
  return [
    ...heading,
    ['| key | type | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    ...below,
  ];
}

function row(key: string, value: Schema, required: boolean, path: string): string {
  const initial = required ? 'required' : defaultOf(value);
  return `| \`${key}\` | ${typeOf(value, path)}${mostOf(value)} | ${initial} | ${escaped(value.description ?? '')} |`;
}

/** How many entries it has at most; a list of two says so already. */
function mostOf({ maxProperties, maxItems, minItems, anyOf }: Schema): string {
  const most = maxProperties ?? (minItems === maxItems ? undefined : maxItems);
  if (most !== undefined) return `, at most ${most}`;
  return (anyOf ?? []).map(mostOf).join('');
}

/** Empty maps and lists are not shown, because the description says "none". */
function defaultOf({ default: value }: Schema): string {
  const nothing =
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  if (nothing) return '';
  return code(Array.isArray(value) ? `[${value.join(', ')}]` : value);
}

/** The maps of keys in a value, each with its path; a name that people choose is `<name>`. */
function mapsIn(value: Schema, path: string): [string, Schema][] {
  if (value.properties) return [[path, value]];
  if (typeof value.additionalProperties === 'object') return mapsIn(value.additionalProperties, `${path}.<name>`);
  // One pool, or one a router: the same keys, so the first tells all.
  const [first] = (value.anyOf ?? []).flatMap((one) => mapsIn(one, path));
  return first
    ? [[path, { ...first[1], ...(value.description !== undefined && { description: value.description }) }]]
    : [];
}

function typeOf(value: Schema, path: string): string {
  if (value.anyOf)
    return value.anyOf
      .map((one) => (mapsIn(one, path).length > 0 ? link(path, kindOf(one)) : typeOf(one, path)))
      .join(' or ');
  const [map] = mapsIn(value, path);
  if (map) return link(map[0], kindOf(value));
  if (typeof value.additionalProperties === 'object') return `map, name to ${typeOf(value.additionalProperties, path)}`;
  if (value.const !== undefined) return code(value.const);
  if (value.enum) return value.enum.map(code).join(', ');
  if (value.type === 'array') return listType(value, path);
  if (value.type === 'boolean') return `${code(true)}, ${code(false)}`;
  if (value.type === 'integer') return `${code(value.minimum)} to ${code(value.maximum)}`;
  const [example] = value.examples ?? [];
  return example === undefined ? 'text' : `text, such as ${code(example)}`;
}

function kindOf(map: Schema): string {
  return map.properties ? 'map' : 'map by name';
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function listType({ items }: Schema, path: string): string {
  if (isList(items)) return `list of ${items.length}`;
  return items ? `list of ${typeOf(items, path)}` : 'list';
}

function isList(items: Schema['items']): items is readonly Schema[] {
  return Array.isArray(items);
}

/** A link to the heading, by the rule of GitHub: lowercase, without characters other than letters, digits and dashes. */
function link(path: string, text: string): string {
  return `[${text}](#${path.toLowerCase().replace(/[^a-z0-9-]/g, '')})`;
}

/** A pipe would end the table cell, angle brackets would be HTML. */
function escaped(text: string): string {
  return text.replace(/[|\\]/g, '\\$&').replace(/</g, '&lt;');
}
