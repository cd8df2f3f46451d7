import { Address } from './address.ts';
import { refuseIpv6 } from './ipv6.ts';
import { accepted, type Parsed, type Refused, refused } from './parsed.ts';
import { scanQuad, withoutLeadingZeros } from './quad.ts';
import { quoted } from './quoted.ts';
import { type Span, spanContains, spansOverlap } from './span.ts';

/** Consecutive addresses with both ends included, aligned to nothing: what a DHCP server hands out. Immutable. */
export class Range {
  readonly first: Address;
  readonly last: Address;

  private constructor(first: Address, last: Address) {
    this.first = first;
    this.last = last;
  }

  /** @throws RangeError when `last` comes before `first`: the programmer's error. */
  static of(first: Address, last: Address): Range {
    if (last.value < first.value)
      throw new RangeError(`${first.toString()}-${last.toString()} starts with its higher address`);
    return new Range(first, last);
  }

  /** How many addresses: 1..2^32. */
  get size(): number {
    return this.last.value - this.first.value + 1;
  }

  /** Every address of `other` (an Address, Cidr or Range) is in this range. */
  contains(other: Span): boolean {
    return spanContains(this, other);
  }

  overlaps(other: Span): boolean {
    return spansOverlap(this, other);
  }

  equals(other: Range): boolean {
    return this.first.equals(other.first) && this.last.equals(other.last);
  }

  toString(): string {
    return `${this.first.toString()}-${this.last.toString()}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Reads `first-last`, two dotted quads and a dash. Refuses with `syntax`, `octal`, `order` or `ipv6`. */
export function parseRange(text: string): Parsed<Range> {
  const dash = text.indexOf('-');
  if (dash < 0) return refuseRange(text);
  const first = scanQuad(text.slice(0, dash));
  const last = scanQuad(text.slice(dash + 1));
  if (first === undefined || last === undefined) return refuseRange(text);
  if (first <= last) return accepted(Range.of(Address.of(first), Address.of(last)));
  return refused(
    'order',
    `${text} starts with its higher address`,
    `write ${Range.of(Address.of(last), Address.of(first)).toString()}`,
  );
}

/** The dash, and what word processors make of it: hyphens, en and em dash, minus sign. */
const DASHES = /[-\u2010-\u2015\u2212]/;
/** What else people write between two ends. */
const BETWEEN = /~|\.{2,3}|\u2026|\s(?:to|until|through)\s/;

/** Whether the author of a text meant a range, whatever its dash, and not a network. */
export function rangeIsMeant(text: string): boolean {
  return !text.includes('/') && (DASHES.test(text) || BETWEEN.test(text));
}

function refuseRange(text: string): Refused {
  const ends = text.split(DASHES).map((end) => end.trim());
  const shown = quoted(text);
  for (const end of ends) {
    const ipv6 = refuseIpv6(end, 'IPv4 addresses');
    if (ipv6 !== undefined) return ipv6;
  }
  const inDecimal = remedyIf(withoutLeadingZeros(text), text);
  if (inDecimal !== undefined) {
    return refused('octal', `${shown} has a leading zero, which some programs read as octal`, inDecimal);
  }
  const withPlainDash = remedyIf(ends.join('-'), text);
  if (withPlainDash !== undefined) {
    return refused('syntax', `${shown} contains spaces, or a dash other than -`, withPlainDash);
  }
  const [first = '', last = '', ...more] = ends.length === 1 ? text.split(BETWEEN).map((end) => end.trim()) : ends;
  const wholeLast = /^[0-9]{1,3}$/.test(last) ? `${first.slice(0, first.lastIndexOf('.') + 1)}${last}` : last;
  return refused(
    'syntax',
    `${shown} is not a range of IPv4 addresses`,
    (more.length === 0 ? remedyIf(`${first}-${wholeLast}`, text) : undefined) ??
      'write the first and the last address with a dash between them, such as 192.168.1.100-192.168.1.199',
  );
}

/** What to write when `candidate`, unlike the refused text, reads as a range. */
function remedyIf(candidate: string, refusedText: string): string | undefined {
  if (candidate === refusedText) return undefined;
  const parsed = parseRange(candidate);
  if (parsed.ok) return `write ${candidate}`;
  return parsed.reason === 'order' ? parsed.remedy : undefined;
}
