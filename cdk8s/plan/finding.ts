/**
 * What flatlan reports about a plan: one finding per mistake, each with a stable code, a place and a remedy.
 */
import { quoted } from '../address/quoted.ts';

export type Severity = 'error' | 'warning';

/** A key path into the plan; keys of maps and indexes of lists. */
export type Path = readonly (string | number)[];

/** Where a finding is in the plan's text; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Finding {
  /** `family/name`, as listed in docs/rules.md. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, as a sentence without its full stop. */
  readonly problem: string;
  /** What to do about it. */
  readonly remedy: string;
  readonly path: Path;
  readonly place: Place;
}

/**
 * `nodes.node3.interfaces.eth1`: how messages name a value. Lists are named as a whole, because nobody counts their items.
 * A key with characters that a name does not have is quoted.
 */
export function pathText(path: Path): string {
  return path
    .filter((key) => typeof key === 'string')
    .map(keyText)
    .join('.');
}

function keyText(key: string): string {
  if (/^[\w-]{1,63}$/.test(key)) return key;
  const text = quoted(key);
  return text.startsWith('"') ? text : `"${text}"`;
}

/** In the order of the text; errors before warnings at one place. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : 0) ||
    a.place.line - b.place.line ||
    a.place.column - b.place.column ||
    (a.severity < b.severity ? -1 : a.severity > b.severity ? 1 : 0) ||
    (a.code < b.code ? -1 : a.code > b.code ? 1 : 0)
  );
}

export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}
