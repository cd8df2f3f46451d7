/**
 * Address types: addresses, networks, ranges, sets of addresses, Calico's blocks, MAC addresses. Text becomes a value only
 * through the parse functions, which return what is wrong and what to write instead. Depends only on ip-address.
 *
 * @example
 * const lan = parseCidr('192.168.2.0/24');
 * const leases = parseRange('192.168.2.100-192.168.2.199');
 * if (!lan.ok || !leases.ok) throw new Error('not an address');
 * const free = IntervalSet.of(lan.value).difference(IntervalSet.of(leases.value));
 * console.log(lan.value.contains(leases.value), free.size, String(blockOf(26, leases.value.first)));
 */
export { Address, compareAddresses, isBuggy, parseAddress } from './address.ts';
export { allocateBlocks, blockAt, blockCount, blockOf, blocksTouching, type TouchedBlocks } from './blocks.ts';
export { Cidr, parseCidr } from './cidr.ts';
export { IntervalSet } from './interval-set.ts';
export { Mac, parseMac } from './mac.ts';
export { cidrsOf, parseNetworkOrRange } from './network-or-range.ts';
export { accepted, type Accepted, type Parsed, type Reason, refused, type Refused } from './parsed.ts';
export { parseRange, Range } from './range.ts';
export { type Span, spanContains } from './span.ts';
