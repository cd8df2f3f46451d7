/**
 * The concrete backend: values are data. Its objects are what a cluster gets, for review and for tests.
 */
import { Construct } from 'constructs';
import { createHash } from 'node:crypto';
import { RESOURCE_POLICY } from './constructs/labels.ts';
import { goJson } from './go-json.ts';
import type { Release, Source } from './source.ts';

export class ConcreteSource<Values extends object> implements Source<Values> {
  readonly release: Release;

  constructor(
    private readonly values: Values,
    release: { readonly name: string; readonly namespace: string; readonly nodeImage: string },
  ) {
    this.release = {
      namespace: release.namespace,
      nodeImage: release.nodeImage,
      keep: { [RESOURCE_POLICY]: 'keep' },
      named: (suffix) => `${release.name}-${suffix}`,
    };
  }

  value: Source<Values>['value'] = (key) => {
    const value = this.values[key];
    if (value === undefined || value === null) throw new Error(`no value and no default for ${key}`);
    return value;
  };

  field: Source<Values>['field'] = (map, key) => map[key];

  json: Source<Values>['json'] = (map, more = {}) => goJson({ ...map, ...more });

  digest: Source<Values>['digest'] = (text) => createHash('sha256').update(text).digest('hex');

  given: Source<Values>['given'] = (scope, key, body) => {
    const value = this.values[key];
    if (isTruth(value)) body(new Construct(scope, key), value as NonNullable<typeof value>);
  };

  each: Source<Values>['each'] = (scope, key, body) => {
    const map = (this.values[key] ?? {}) as Readonly<Record<string, never>>;
    const parent = new Construct(scope, key);
    // Helm's range over a map goes by key (text/template, "range").
    for (const name of Object.keys(map).sort()) body(new Construct(parent, name), name, map[name] as never);
  };
}

/** As Go's templates see it (text/template, "with"): an empty map is none. */
function isTruth(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}
