/**
 * Texts that a JSON Schema must judge by patterns alone, since Helm checks values without flatlan at hand.
 */

const octet = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';

/** A dotted quad without leading zeros. */
export const addressPattern = `^(${octet}\\.){3}${octet}$`;
export const cidrPattern = `^(${octet}\\.){3}${octet}/([0-9]|[12][0-9]|3[0-2])$`;

/**
 * "No host bits" as one short condition a prefix length, so that Helm's message shows what the end must look like:
 *
 *   /20  ->  \.(0|16|32|...|240)\.0/20$
 *
 * Calico accepts host bits and its BIRD then cannot start (docs/facts.md#what-the-api-lets-through).
 */
export function noHostBits(): { if: { pattern: string }; then: { pattern: string } }[] {
  return Array.from({ length: 32 }, (_, prefix) => ({
    if: { pattern: `/${prefix}$` },
    then: { pattern: `${networkEnd(prefix)}/${prefix}$` },
  }));
}

/** The octets from the one that the prefix ends in on. */
function networkEnd(prefix: number): string {
  const [full, bits] = [Math.floor(prefix / 8), prefix % 8];
  const zeros = '\\.0'.repeat(3 - full);
  if (bits === 0) return `${full === 0 ? '^' : '\\.'}0${zeros}`;
  // Even numbers, and multiples of four: by their last digits, since a list of them fills the screen.
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
 * Calico's selectors as far as flatlan and most people use them: terms, each perhaps with a `!`, joined by && and ||. A
 * bad one is accepted and then breaks every CNI ADD or skips the peer. A term stands here once, or the message would be
 * too long to read; so what follows an operator is told by its first character.
 */
export const selectorPattern = `^!?(${term}($| ?(&&|\\|\\|) ?(\\b|!)))+$`;
