import { Address } from './address.ts';
import { refuseIpv6 } from './ipv6.ts';
import { accepted, type Parsed, type Refused, refused } from './parsed.ts';
import { scanQuad, withoutLeadingZeros } from './quad.ts';
import { quoted } from './quoted.ts';
import { type Span, spanContains, spansOverlap } from './span.ts';

/**
 * An IPv4 network in the notation of RFC 4632 section 3.1: an address whose bits behind the prefix are zero,
 * and the length of the prefix. Immutable.
 *
 *     |<---- prefix ---->|<- 32 - prefix ->|
 *     |  same for all    | 0 0 ... 0       |  first, network
 *     |                  | 1 1 ... 1       |  last, the broadcast address of a subnet
 */
export class Cidr {
  readonly network: Address;
  /** 0..32 bits. */
  readonly prefix: number;

  private constructor(network: Address, prefix: number) {
    this.network = network;
    this.prefix = prefix;
  }

  /**
   * The network of that prefix length around an address.
   * @throws RangeError when the prefix is not an integer in 0..32: the programmer's error.
   */
  static of(address: Address, prefix: number): Cidr {
    return new Cidr(Address.of((address.value & maskValue(prefix)) >>> 0), prefix);
  }

  get first(): Address {
    return this.network;
  }

  get last(): Address {
    return this.network.plus(this.size - 1);
  }

  /** How many addresses, first and last included: 1..2^32. */
  get size(): number {
    return 2 ** (32 - this.prefix);
  }

  /** The netmask: 255.255.255.0 for a /24. */
  get mask(): Address {
    return Address.of(maskValue(this.prefix));
  }

  /** Every address of `other` (an Address, Cidr or Range) is in this network. */
  contains(other: Span): boolean {
    return spanContains(this, other);
  }

  overlaps(other: Span): boolean {
    return spansOverlap(this, other);
  }

  /**
   * The address at an index, 0 for the first.
   * @throws RangeError when the index is not an integer in 0..size-1.
   */
  at(index: number): Address {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) {
      throw new RangeError(`${this.toString()} has no address ${index}`);
    }
    return this.network.plus(index);
  }

  equals(other: Cidr): boolean {
    return this.prefix === other.prefix && this.network.equals(other.network);
  }

  toString(): string {
    return `${this.network.toString()}/${this.prefix}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

function maskValue(prefix: number): number {
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > 32) {
    throw new RangeError(`prefix length ${prefix} is not an integer from 0 to 32`);
  }
  // JavaScript takes shift counts modulo 32: a shift by 32 would leave all bits where they are.
  return prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
}

/** Reads `a.b.c.d/prefix`. Refuses with `syntax`, `octal`, `host-bits` or `ipv6`. */
export function parseCidr(text: string): Parsed<Cidr> {
  const slash = text.indexOf('/');
  if (slash < 0) return refuseCidr(text);
  const value = scanQuad(text.slice(0, slash));
  const prefix = scanPrefix(text.slice(slash + 1));
  if (value === undefined || prefix === undefined) return refuseCidr(text);

  const address = Address.of(value);
  const cidr = Cidr.of(address, prefix);
  if (cidr.network.value === value) return accepted(cidr);
  return refused(
    'host-bits',
    `${text} has host bits set`,
    `write ${cidr.toString()} for the network, or ${address.toString()}/32 for this single address`,
  );
}

function scanPrefix(text: string): number | undefined {
  return /^(?:[0-9]|[12][0-9]|3[0-2])$/.test(text) ? Number(text) : undefined;
}

function refuseCidr(text: string): Refused {
  const ipv6 = refuseIpv6(text, 'an IPv4 network');
  if (ipv6 !== undefined) return ipv6;

  const shown = quoted(text);
  const inDecimal = remedyIf(withoutLeadingZeros(text), text);
  if (inDecimal !== undefined) {
    return refused('octal', `${shown} has a leading zero, which some programs read as octal`, inDecimal);
  }
  const parts = text.split('/').map((part) => part.trim());
  const withoutSpaces = remedyIf(parts.join('/'), text);
  if (withoutSpaces !== undefined) return refused('syntax', `${shown} contains spaces`, withoutSpaces);

  const [host = '', end] = parts;
  const value = scanQuad(host);
  const range = value === undefined ? spanIn(text) : undefined;
  if (range)
    return refused('syntax', `${shown} is a range of addresses, but a network is required here`, remedyForRange(range));
  if (value === undefined) {
    return refused(
      'syntax',
      `${shown} is not an IPv4 network`,
      'write an address and a prefix length, such as 192.168.1.0/24',
    );
  }
  if (end === undefined) {
    const around = Cidr.of(Address.of(value), 24).toString();
    const remedy = `write ${host}/32 for this single address, or the network that contains it, such as ${around}`;
    return refused('syntax', `${shown} has no prefix length`, remedy);
  }
  return refused(
    'syntax',
    `the prefix length of ${shown} is not a number from 0 to 32`,
    remedyForMask(host, end) ??
      `write a number from 0 to 32 after the slash, such as ${host}/32 for this single address`,
  );
}

/** `10.44.0.10-10.44.0.50` and `10.44.0.10-50`. */
function spanIn(text: string): readonly [first: number, last: number] | undefined {
  const [from = '', to = '', ...more] = text.split('-').map((part) => part.trim());
  const first = scanQuad(from);
  const last = scanQuad(/^[0-9]{1,3}$/.test(to) ? `${from.slice(0, from.lastIndexOf('.') + 1)}${to}` : to);
  return first === undefined || last === undefined || last < first || more.length > 0 ? undefined : [first, last];
}

/** A range is seldom one network: the smallest network around it, and the largest inside. */
function remedyForRange([first, last]: readonly [number, number]): string {
  // The bits that both ends have in common.
  const around = Cidr.of(Address.of(first), Math.clz32(first ^ last));
  if (around.first.value === first && around.last.value === last) return `write ${around.toString()}`;
  const inside = largestInside(first, last);
  return `write one network: ${around.toString()} contains the whole range, and ${inside.toString()} is the largest inside it`;
}

function largestInside(first: number, last: number): Cidr {
  for (let prefix = 1; prefix < 32; prefix++) {
    const size = 2 ** (32 - prefix);
    const start = Math.ceil(first / size) * size;
    if (start + size - 1 <= last) return Cidr.of(Address.of(start), prefix);
  }
  return Cidr.of(Address.of(first), 32);
}

/** The remedy for `255.255.255.0` in place of `24`. */
function remedyForMask(host: string, end: string): string | undefined {
  const mask = scanQuad(end);
  if (mask === undefined) return undefined;
  const prefix = Math.clz32(~mask);
  return maskValue(prefix) === mask ? remedyIf(`${host}/${prefix}`) : undefined;
}

/** What to write when `candidate`, unlike the refused text, reads as a network. */
function remedyIf(candidate: string, refusedText?: string): string | undefined {
  if (candidate === refusedText) return undefined;
  const parsed = parseCidr(candidate);
  if (parsed.ok) return `write ${candidate}`;
  return parsed.reason === 'host-bits' ? parsed.remedy : undefined;
}
