/**
 * Arithmetic of the blocks that Calico cuts an IP pool into and gives to nodes. A block size is a prefix length,
 * as in `blockSize` of an IPPool (IPv4: 20..32, default 26; docs.tigera.io, reference of the IPPool resource);
 * what is a sensible one is for the rules to say, any 0..32 works here.
 *
 *     pool  10.42.0.0/24, block size 26
 *     |  block 0  |  block 1  |  block 2  |  block 3  |
 *      .0      .63 .64    .127 .128   .191 .192   .255
 */
import { Address } from './address.ts';
import { Cidr } from './cidr.ts';
import type { IntervalSet } from './interval-set.ts';
import type { Span } from './span.ts';

/** How many blocks a pool holds; 0 when the pool is smaller than one block. */
export function blockCount(pool: Cidr, blockSize: number): number {
  const size = addressesPerBlock(blockSize);
  return Math.floor(pool.size / size);
}

/**
 * The block at an index, 0 for the lowest.
 * @throws RangeError when the pool has no block of that index.
 */
export function blockAt(pool: Cidr, blockSize: number, index: number): Cidr {
  if (!Number.isInteger(index) || index < 0 || index >= blockCount(pool, blockSize)) {
    throw new RangeError(`${pool.toString()} has no block ${index} of size /${blockSize}`);
  }
  return Cidr.of(pool.network.plus(index * addressesPerBlock(blockSize)), blockSize);
}

/** The block that an address falls in. */
export function blockOf(blockSize: number, address: Address): Cidr {
  return Cidr.of(address, blockSize);
}

/** The blocks that hold at least one address of a span. */
export interface TouchedBlocks {
  readonly first: Cidr;
  readonly last: Cidr;
  /** How many, from first to last: 1..2^blockSize. */
  readonly count: number;
  /** The span starts and ends on block borders: it fills every block it touches. */
  readonly whole: boolean;
}

/**
 * The blocks that an address, network or range touches.
 *
 *     span           |---------------|
 *     blocks   |   first   |   ...   |   not touched   |
 */
export function blocksTouching(blockSize: number, span: Span): TouchedBlocks {
  const first = blockOf(blockSize, span.first);
  const last = blockOf(blockSize, span.last);
  return {
    first,
    last,
    count: (last.network.value - first.network.value) / addressesPerBlock(blockSize) + 1,
    whole: first.first.equals(span.first) && last.last.equals(span.last),
  };
}

/**
 * The `count` lowest aligned networks of one prefix length that fit into the free addresses, ascending;
 * undefined when there is no room for all of them.
 *
 *     free          |.......|           |.....................|
 *     /30 borders |       |       |       |       |       |
 *     allocated                           |   0   |   1   |
 *
 * @throws RangeError when the prefix is not in 0..32 or the count is not an integer of 0 or more.
 */
export function allocateBlocks(free: IntervalSet, prefix: number, count: number): readonly Cidr[] | undefined {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new RangeError(`${count} networks cannot be allocated: the count is an integer of 0 or more`);
  const size = addressesPerBlock(prefix);
  const rooms = free.ranges().map(({ first, last }) => {
    const lowest = Math.ceil(first.value / size) * size;
    return { lowest, fits: Math.max(0, Math.floor((last.value + 1 - lowest) / size)) };
  });
  // Counted before anything is built, so that a wish that cannot be met costs nothing.
  if (rooms.reduce((sum, { fits }) => sum + fits, 0) < count) return undefined;

  const blocks: Cidr[] = [];
  for (const { lowest, fits } of rooms) {
    for (let i = 0; i < fits && blocks.length < count; i++) {
      blocks.push(Cidr.of(Address.of(lowest + i * size), prefix));
    }
  }
  return blocks;
}

function addressesPerBlock(blockSize: number): number {
  if (!Number.isInteger(blockSize) || blockSize < 0 || blockSize > 32) {
    throw new RangeError(`/${blockSize} is not a block size`);
  }
  return 2 ** (32 - blockSize);
}
