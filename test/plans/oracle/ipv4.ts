/** IPv4 for the oracle, written a second time: what cdk8s/address gets wrong, this must not get wrong with it. */

/** From its first address to its last, as whole numbers. */
export interface Block {
  readonly first: number;
  readonly last: number;
  readonly length: number;
}

export function numberOf(address: string): number {
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !(octet >= 0 && octet <= 255))) throw new Error(address);
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** Of `10.0.0.0/8`, one address or `10.0.0.1-10.0.0.9`. */
export function blockOf(text: string): Block {
  const [from = '', to] = text.split('-');
  if (to !== undefined) return { first: numberOf(from), last: numberOf(to), length: 32 };
  const [address = '', length = '32'] = text.split('/');
  const size = 2 ** (32 - Number(length));
  const first = numberOf(address) - (numberOf(address) % size);
  return { first, last: first + size - 1, length: Number(length) };
}

export const isIn = (address: number, { first, last }: Block): boolean => address >= first && address <= last;
export const contains = (outer: Block, inner: Block): boolean => outer.first <= inner.first && inner.last <= outer.last;
export const meet = (one: Block, other: Block): boolean => one.first <= other.last && other.first <= one.last;

export function textOf(address: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}
