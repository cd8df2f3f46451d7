/**
 * `cdk8s import` writes classes for its own constructs: enums, wrappers around "number or string", dates. The specs
 * here are data that two backends print, so each is the plain value that such a type stands for.
 *
 *     enum Mode { AUTO = 'Auto' }                    'Auto'
 *     class Port { value: number | string }          number | string
 *     Date                                           string, RFC 3339
 *     { peers?: Peer[] }                             { readonly peers?: readonly Plain<Peer>[] }
 */
export type Plain<T> = T extends string
  ? `${T}` // An enum is assignable to the text of its values, not the other way round; `string` stays `string`.
  : T extends Date
    ? string
    : T extends Wrapper
      ? Unwrapped<T>
      : T extends object
        ? { readonly [Key in keyof T]: Plain<T[Key]> } // Keeps arrays arrays, and optional members optional.
        : T;

interface Wrapper {
  readonly value: number | string;
}

/**
 * A wrapper's class has no other mark than `value` being a number or a string at choice: a field of a specification is
 * never both, because then it would be a wrapper itself.
 */
type Unwrapped<T extends Wrapper> = [number | string] extends [T['value']]
  ? number | string
  : { readonly [Key in keyof T]: Plain<T[Key]> };
