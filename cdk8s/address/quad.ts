/** The dotted quad as text: the only place that reads or writes one. */

const DOT = 46;
const ZERO = 48;
const NINE = 57;

/**
 * The 32-bit value of four decimal octets joined by dots, or undefined. Strict, as RFC 6943 section 3.1.1 requires
 * for comparing addresses: no short forms, no leading zeros, no hexadecimal, no spaces, no other digits.
 *
 * Written by hand because plans hold thousands of addresses: ip-address agrees on every text (a test compares
 * them) but builds the octets as strings behind a regular expression and has no number to give back cheaply.
 */
export function scanQuad(text: string): number | undefined {
  let value = 0;
  let octet = -1; // no digit of this octet seen yet
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ZERO && code <= NINE) {
      if (octet === 0) return undefined;
      octet = octet < 0 ? code - ZERO : octet * 10 + (code - ZERO);
      if (octet > 255) return undefined;
    } else if (code === DOT) {
      if (octet < 0 || dots === 3) return undefined;
      value = value * 256 + octet;
      octet = -1;
      dots++;
    } else {
      return undefined;
    }
  }
  return octet < 0 || dots < 3 ? undefined : value * 256 + octet;
}

/** The dotted quad of a value in 0..2^32-1. */
export function formatQuad(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** The text with the leading zeros of its numbers taken off: `10.01.0.0/08` becomes `10.1.0.0/8`. */
export function withoutLeadingZeros(text: string): string {
  return text.replace(/\b0+(?=\d)/g, '');
}
