/** What the rules have made sure of, and is missing all the same: a defect of flatlan, never a user's mistake. */

import { once } from './once.ts';

/** The value; throws where there is none. `what` ends the sentence "there is no ...". */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

const byName = once((all: readonly { readonly name: string }[]) => new Map(all.map((one) => [one.name, one])));

/** The one of this name; throws where there is none, as `must`. */
export function named<T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T {
  return must(byName(all).get(name) as T | undefined, `${what} ${name}`);
}
