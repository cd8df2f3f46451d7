/**
 * Patterns for the JSON Schema of values: Helm checks values by the schema alone, without flatlan's code.
 */

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';

/** A dotted quad without leading zeros. */
export const addressPattern = `^(${octet}\\.){3}${octet}$`;
export const cidrPattern = `^(${octet}\\.){3}${octet}/([0-9]|[12][0-9]|3[0-2])$`;

/**
 * "No host bits" as one short condition per prefix length, so that Helm's message shows how the subnet must end:
 *
 *   /20  ->  \.(0|16|32|...|240)\.0/20$
 *
 * Calico accepts host bits, but its BIRD then cannot start (docs/facts.md#what-the-api-lets-through).
 */
export function noHostBits(): { if: { pattern: string }; then: { pattern: string } }[] {
  return Array.from({ length: 32 }, (_, prefix) => ({
    if: { pattern: `/${prefix}$` },
    then: { pattern: `${networkEnd(prefix)}/${prefix}$` },
  }));
}

/** The last octets, starting with the one in which the prefix ends. */
function networkEnd(prefix: number): string {
  const [full, bits] = [Math.floor(prefix / 8), prefix % 8];
  const zeros = '\\.0'.repeat(3 - full);
  if (bits === 0) return `${full === 0 ? '^' : '\\.'}0${zeros}`;
  // Even numbers and multiples of four by their last digits: a list of them would fill the screen.
  if (bits === 7) return `[02468]${zeros}`;
  if (bits === 6) return `((^|[.02468])[048]|[13579][26])${zeros}`;
  const step = 2 ** (8 - bits);
  const values = Array.from({ length: 2 ** bits }, (_, index) => index * step);
  return `${full === 0 ? '^' : '\\.'}(${values.join('|')})${zeros}`;
}

const key = '[\\w./-]+';
const value = "'[\\w.-]*'";
const term = `(all\\(\\)|has\\(${key}\\)|${key} ?[!=]= ?${value}|${key} starts with ${value}|${key} (not )?in \\{${value}(, ?${value})*\\})`;
/**
 * The subset of Calico's selectors that flatlan and most users need: terms, optionally with a `!`, joined by && and ||.
 * Calico accepts an invalid selector, and then every CNI ADD fails or the peer is skipped. The pattern contains a term only
 * once, or Helm's message would be too long to read; so after an operator only the first character is checked.
 */
export const selectorPattern = `^!?(${term}($| ?(&&|\\|\\|) ?(\\b|!)))+$`;
