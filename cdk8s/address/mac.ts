import { accepted, type Parsed, refused } from './parsed.ts';
import { quoted } from './quoted.ts';

/**
 * One 48-bit Ethernet address. Immutable. The two lowest bits of the first octet say what it is
 * (RFC 9542 section 2.1):
 *
 *     x x x x x x L G : ...     G: group (multicast), L: locally administered, not burnt in by a vendor
 */
export class Mac {
  /** The address as a number, first octet highest: 0..2^48-1. */
  readonly value: number;

  private constructor(value: number) {
    this.value = value;
  }

  /** @throws RangeError when the value is not an integer in 0..2^48-1: the programmer's error. */
  static of(value: number): Mac {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** 48) {
      throw new RangeError(`${value} is not a MAC address: an integer from 0 to 2^48-1`);
    }
    return new Mac(value);
  }

  /** A group address, broadcast included; no interface may own one. */
  get isMulticast(): boolean {
    return (this.firstOctet & 1) !== 0;
  }

  /** Locally administered: made up by software or by hand. */
  get isLocal(): boolean {
    return (this.firstOctet & 2) !== 0;
  }

  equals(other: Mac): boolean {
    return this.value === other.value;
  }

  /** Lower-case with colons, as Linux prints it. */
  toString(): string {
    return withColons(this.value.toString(16).padStart(12, '0'));
  }

  toJSON(): string {
    return this.toString();
  }

  private get firstOctet(): number {
    return Math.floor(this.value / 2 ** 40);
  }
}

function withColons(digits: string): string {
  return digits.replace(/..(?=.)/g, '$&:');
}

const ACCEPTED = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i;
/** Forms whose meaning is clear but that not every program reads: mixed, dotted (Cisco), bare. */
const RECOGNISED = /^(?:(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}[.]){2}[0-9a-f]{4}|[0-9a-f]{12})$/i;

/**
 * Reads six pairs of hexadecimal digits, of either case, joined by colons (Linux) or by dashes (IEEE, Windows).
 * Refuses everything else with `syntax`.
 */
export function parseMac(text: string): Parsed<Mac> {
  if (ACCEPTED.test(text)) return accepted(Mac.of(Number.parseInt(digitsOf(text), 16)));
  const bare = text.trim();
  const remedy =
    ACCEPTED.test(bare) || RECOGNISED.test(bare)
      ? `write ${withColons(digitsOf(bare).toLowerCase())}`
      : 'write six pairs of hexadecimal digits separated by colons, such as 52:54:00:12:34:56';
  return refused('syntax', `${quoted(text)} is not a MAC address in the usual form`, remedy);
}

function digitsOf(text: string): string {
  return text.replace(/[:.-]/g, '');
}
