/** plan.schema.json, judged by a validator that is not zod, and compared with the parser. */
import { describe, expect, test } from '@jest/globals';
import { Ajv, type ErrorObject } from 'ajv';
import { parse } from 'yaml';
import { parsePlan } from '../../cdk8s/plan/read/parse.ts';
import { planJsonSchema } from '../../cdk8s/plan/schema/index.ts';
import { changed } from '../plans/fixtures.ts';
import { flatBgp, hybrid, plans } from './plans.ts';

const schema = planJsonSchema();
const validate = new Ajv({ allErrors: true, strict: true, strictTuples: false, strictTypes: false }).compile(schema);

function errorsOf(text: string): ErrorObject[] {
  validate(parse(text));
  return validate.errors ?? [];
}

test('is draft-07, by its own schema', () => {
  const ajv = new Ajv();
  expect(ajv.validateSchema(schema)).toBe(true);
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
});

test.each(plans)('%s is valid', (_, text) => {
  expect(errorsOf(text)).toEqual([]);
});

describe('a wrong plan is not', () => {
  test.each([
    ['networks:', 'network:', '', 'required'],
    ['gateway:', 'getaway:', '/networks/home', 'additionalProperties'],
    ['asn: 64512', 'asn: "64512"', '/routers/edgerouter/asn', 'type'],
    ['asn: 64512', 'asn: 0', '/routers/edgerouter/asn', 'minimum'],
    ['mode: routed', 'mode: rooted', '/pods/mode', 'enum'],
    ['version: 1', 'version: 2', '/version', 'const'],
    ['"1.36"', '1.36', '/kubernetes/version', 'type'],
    ['"1.36"', '"v1.36"', '/kubernetes/version', 'pattern'],
    ['  home:', '  Home:', '/networks', 'pattern'],
    ['[control-plane, worker]', '[]', '/nodes/rancher/roles', 'minItems'],
    ['subnet: 192.168.2.0/24', 'subnet: 192.168.2.0', '/networks/home/subnet', 'pattern'],
    ['address: 192.168.2.225', 'address: static', '/nodes/rancher/interfaces/eth0/address', 'anyOf'],
  ])('%s -> %s', (from, to, at, keyword) => {
    const text = changed(flatBgp, from, to);
    expect(errorsOf(text).map(({ instancePath, keyword: broken }) => `${instancePath} ${broken}`)).toContain(
      `${at} ${keyword}`,
    );
    expect(parsePlan(text, 'plan.yaml').plan).toBeUndefined();
  });
});

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/** Every map of keys, with a path to it in which names are `x`. */
function mapsOf(
  at: Schema,
  path: readonly string[] = [],
): { path: readonly string[]; properties: Readonly<Record<string, Schema>> }[] {
  const below = [
    ...Object.entries(at.properties ?? {}).map(([key, value]) => [value, [...path, key]] as const),
    ...(typeof at.additionalProperties === 'object' ? [[at.additionalProperties, [...path, 'x']] as const] : []),
    ...(at.anyOf ?? []).map((one) => [one, path] as const),
  ];
  const own = at.properties ? [{ path, properties: at.properties }] : [];
  return [...own, ...below.flatMap(([value, deeper]) => mapsOf(value, deeper))];
}

const maps = mapsOf(schema);

test('has a map for each part of a plan', () => {
  expect(maps.length).toBeGreaterThan(18);
});

describe.each(maps.map(({ path, properties }) => [path.join('.') || 'the plan', path, properties] as const))(
  '%s',
  (_, path, properties) => {
    test('describes each key in a sentence', () => {
      for (const [key, { description = '' }] of Object.entries(properties)) {
        expect(`${key}: ${description}`).toMatch(/: \S.{15,}[.]$/);
        expect(description.length).toBeLessThan(300);
      }
    });

    test('has the keys that the parser takes, and no other', () => {
      // At this place, a map of all keys of all maps: the parser refuses those that are unknown here.
      const candidates = [...new Set(maps.flatMap((one) => Object.keys(one.properties)))];
      const here: Record<string, unknown> = Object.fromEntries(candidates.map((key) => [key, null]));
      const plan = path.toReversed().reduce<Record<string, unknown>>((inner, key) => ({ [key]: inner }), here);
      const refused = parsePlan(JSON.stringify(plan), 'plan.json').findings.filter(
        ({ rule, path: at }) =>
          rule === 'schema/unknown-key' &&
          at.length === path.length + 1 &&
          path.every((key, depth) => at[depth] === key),
      );
      const taken = candidates.filter((key) => !refused.some(({ path: at }) => at.at(-1) === key));
      expect(taken.sort()).toEqual(Object.keys(properties).sort());
    });
  },
);

test('takes pattern names for nodes, and nodes that leave a pattern the rest', () => {
  expect(errorsOf(changed(hybrid, '  node1:', '  "node{1..3}":'))).toEqual([]);
  expect(errorsOf(changed(flatBgp, '  rancher: {', '  other: {os: netplan}\n  rancher: {'))).toEqual([]);
});

test('is made anew by each call, without leaving marks', () => {
  const first = JSON.stringify(planJsonSchema());
  (planJsonSchema().properties as Record<string, unknown>).version = 5;
  expect(JSON.stringify(planJsonSchema())).toBe(first);
});
