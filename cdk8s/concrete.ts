/**
 * The concrete backend: values are data. Its objects are what a cluster gets, for review and for tests.
 */
import { Construct } from 'constructs';
import { RESOURCE_POLICY } from './constructs/labels.ts';
import type { Release, Source } from './source.ts';

export class ConcreteSource<Values extends object> implements Source<Values> {
  readonly release: Release;

  constructor(
    private readonly values: Values,
    release: { readonly name: string; readonly namespace: string },
  ) {
    this.release = {
      namespace: release.namespace,
      keep: { [RESOURCE_POLICY]: 'keep' },
      named: (suffix) => `${release.name}-${suffix}`,
    };
  }

  given: Source<Values>['given'] = (scope, key, body) => {
    const value = this.values[key];
    if (value !== undefined && value !== null) body(new Construct(scope, key), value);
  };

  each: Source<Values>['each'] = (scope, key, body) => {
    const map = (this.values[key] ?? {}) as Readonly<Record<string, never>>;
    const parent = new Construct(scope, key);
    // Helm's range over a map goes by key (text/template, "range").
    for (const name of Object.keys(map).sort()) body(new Construct(parent, name), name, map[name] as never);
  };
}
