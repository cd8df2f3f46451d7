// Values of addressing: addresses, networks, ranges, sets of addresses, Calico's blocks, MAC addresses.
// Made from a user's text by the parse functions only, which answer what is wrong and what to write instead.
// Depends on nothing but ip-address.
export { Address, compareAddresses, parseAddress } from './address.ts';
export { allocateBlocks, blockAt, blockCount, blockOf, blocksTouching, type TouchedBlocks } from './blocks.ts';
export { Cidr, parseCidr } from './cidr.ts';
export { IntervalSet } from './interval-set.ts';
export { Mac, parseMac } from './mac.ts';
export { accepted, type Accepted, type Parsed, type Reason, refused, type Refused } from './parsed.ts';
export { parseRange, Range } from './range.ts';
export type { Span } from './span.ts';
