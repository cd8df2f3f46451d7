import { refuseIpv6 } from './ipv6.ts';
import { accepted, type Parsed, type Refused, refused } from './parsed.ts';
import { formatQuad, scanQuad, withoutLeadingZeros } from './quad.ts';
import { quoted } from './quoted.ts';

/** One IPv4 address. Immutable. */
export class Address {
  /** The address as a number, first octet highest: 0..2^32-1. */
  readonly value: number;

  private constructor(value: number) {
    this.value = value;
  }

  /** @throws RangeError when the value is not an integer in 0..2^32-1: the programmer's error. */
  static of(value: number): Address {
    const unsigned = value >>> 0;
    if (unsigned !== value) throw new RangeError(`${value} is not an IPv4 address: an integer from 0 to 4294967295`);
    return new Address(unsigned);
  }

  /** An address is a span of one. */
  get first(): this {
    return this;
  }

  get last(): this {
    return this;
  }

  /**
   * The address `offset` further on, or back when it is negative.
   * @throws RangeError when that leaves 0.0.0.0..255.255.255.255.
   */
  plus(offset: number): Address {
    return Address.of(this.value + offset);
  }

  equals(other: Address): boolean {
    return this.value === other.value;
  }

  toString(): string {
    return formatQuad(this.value);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** Ends in .0 or .255, which some old devices reject (MetalLB, `avoidBuggyIPs`; internal/allocator/allocator.go). */
export function isBuggy({ value }: Address): boolean {
  const octet = value & 255;
  return octet === 0 || octet === 255;
}

/** Numeric order, for sorting. */
export function compareAddresses(a: Address, b: Address): number {
  return a.value - b.value;
}

/** Reads a dotted quad of four decimal octets and nothing else. Refuses with `syntax`, `octal` or `ipv6`. */
export function parseAddress(text: string): Parsed<Address> {
  const value = scanQuad(text);
  return value === undefined ? refuseAddress(text) : accepted(Address.of(value));
}

function refuseAddress(text: string): Refused {
  const ipv6 = refuseIpv6(text, 'an IPv4 address');
  if (ipv6 !== undefined) return ipv6;

  const shown = quoted(text);
  const decimal = withoutLeadingZeros(text);
  if (scanQuad(decimal) !== undefined) {
    return refused('octal', `${shown} has a leading zero, which some programs read as octal`, `write ${decimal}`);
  }
  const bare = text.trim();
  if (scanQuad(bare) !== undefined) {
    return refused('syntax', `${shown} has a space before or after the address`, `write ${bare}`);
  }
  const [host = '', ...prefix] = bare.split('/');
  if (prefix.length > 0 && scanQuad(host) !== undefined) {
    return refused('syntax', `${shown} has a prefix length, but an address has none`, `write ${host}`);
  }
  return refused(
    'syntax',
    `${shown} is not an IPv4 address`,
    'write four numbers from 0 to 255 separated by dots, such as 192.168.1.10',
  );
}
