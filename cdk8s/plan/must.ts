/** What the rules have made sure of, and is missing all the same: a defect of flatlan, never a user's mistake. */

/** The value; throws where there is none. `what` ends the sentence "there is no ...". */
export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** The one of this name; throws where there is none, as `must`. */
export function named<T extends { readonly name: string }>(all: readonly T[], name: string, what: string): T {
  return must(
    all.find((one) => one.name === name),
    `${what} ${name}`,
  );
}
