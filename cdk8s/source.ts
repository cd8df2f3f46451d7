/**
 * Where constructs take their values from. Two backends give it meaning: one answers with data (concrete.ts), one with
 * Helm expressions (helm/template.ts). The language is tiny on purpose: all arithmetic is done before it.
 */
import type { Construct } from 'constructs';

type Keys<T, Value> = { [Key in keyof T]-?: NonNullable<T[Key]> extends Value ? Key : never }[keyof T] & string;
type Item<T> = NonNullable<T> extends Readonly<Record<string, infer Value>> ? Value : never;

export interface Source<Values> {
  /** What the values are installed as. */
  readonly release: Release;
  /** A value that is always there, since the chart has a default for it. */
  value<Key extends keyof Values & string>(key: Key): NonNullable<Values[Key]>;
  /** What a map of values holds under a key. */
  field<Map extends object, Key extends keyof Map & string>(map: Map, key: Key): Map[Key];
  /** A map of values as JSON text, for a file in a ConfigMap or a literal of CEL; `more` adds keys to it. */
  json(map: object, more?: Readonly<Record<string, unknown>>): string;
  /** The SHA-256 of a text, so that what carries it changes with it. */
  digest(text: string): string;
  /** Runs the body when the key has a value; `false` and an empty map are none. */
  given<Key extends keyof Values & string>(
    scope: Construct,
    key: Key,
    body: (scope: Construct, value: NonNullable<Values[Key]>) => void,
  ): void;
  /** Runs the body for each entry of a map, in the order of its names. */
  each<Key extends Keys<Values, Readonly<Record<string, object>>>>(
    scope: Construct,
    key: Key,
    body: (scope: Construct, name: string, value: Item<Values[Key]>) => void,
  ): void;
}

/** The release that objects belong to. */
export interface Release {
  readonly namespace: string;
  /** The image of the node plane's programs. */
  readonly nodeImage: string;
  /** The annotations of what must survive an uninstall: Helm's resource policy, unless `global.allowUninstall` is set. */
  readonly keep: Readonly<Record<string, string>>;
  /** The release's name, a dash and this. */
  named(suffix: string): string;
}
