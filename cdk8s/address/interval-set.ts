import { Address } from './address.ts';
import { Cidr } from './cidr.ts';
import { Range } from './range.ts';
import type { Span } from './span.ts';

/**
 * A set of addresses. Immutable. Kept as its edges, the values at which membership changes, ascending:
 *
 *     value    0 1 2 3 4 5 6 7 8 9
 *     set          # # #   # #         {2..4, 6..7}
 *     edges        2     5 6   8       even positions open, odd ones close (one past the last address)
 *
 * Two sets are equal exactly when their edges are, adjacent spans melt by themselves, and every operation is one
 * walk over both lists, however many addresses lie between two edges.
 */
export class IntervalSet {
  static readonly empty = new IntervalSet([]);

  private readonly edges: readonly number[];

  private constructor(edges: readonly number[]) {
    this.edges = edges;
  }

  /** The addresses of all items (Address, Cidr, Range), which may overlap and come in any order. */
  static of(...items: readonly Span[]): IntervalSet {
    const sorted = items.toSorted((a, b) => a.first.value - b.first.value);
    const edges: number[] = [];
    let end = -1; // the close of the interval being built; -1 before the first
    for (const { first, last } of sorted) {
      if (first.value > end) {
        if (end >= 0) edges.push(end);
        edges.push(first.value);
      }
      end = Math.max(end, last.value + 1);
    }
    if (end >= 0) edges.push(end);
    return new IntervalSet(edges);
  }

  /** In this set, in the other, or in both. */
  union(other: IntervalSet): IntervalSet {
    return new IntervalSet(combine(this.edges, other.edges, (here, there) => here || there));
  }

  /** In this set and not in the other. */
  difference(other: IntervalSet): IntervalSet {
    return new IntervalSet(combine(this.edges, other.edges, (here, there) => here && !there));
  }

  /** In both sets. */
  intersection(other: IntervalSet): IntervalSet {
    return new IntervalSet(combine(this.edges, other.edges, (here, there) => here && there));
  }

  /** Every address of `item` (an Address, Cidr or Range) is in the set. */
  contains(item: Span): boolean {
    const opened = edgesUpTo(this.edges, item.first.value);
    const close = this.edges[opened];
    return opened % 2 === 1 && close !== undefined && item.last.value < close;
  }

  get isEmpty(): boolean {
    return this.edges.length === 0;
  }

  /** How many addresses: 0..2^32. */
  get size(): number {
    return this.edges.reduce((sum, edge, i) => (i % 2 === 0 ? sum - edge : sum + edge), 0);
  }

  /** The set as ranges: ascending, disjoint, with a gap between any two. */
  ranges(): readonly Range[] {
    return Array.from(intervals(this.edges), ([open, close]) => Range.of(Address.of(open), Address.of(close - 1)));
  }

  /**
   * The fewest networks that hold exactly this set, ascending. Each step takes the largest aligned network that
   * still fits; at most 62 per range.
   *
   *     10.0.0.3 .. 10.0.0.12     3/32 | 4/30 | 8/30 | 12/32
   */
  cidrs(): readonly Cidr[] {
    const cidrs: Cidr[] = [];
    for (const [open, close] of intervals(this.edges)) {
      for (let at = open; at < close;) {
        const alignedBits = at === 0 ? 32 : 31 - Math.clz32(at & -at);
        const fittingBits = close - at === 2 ** 32 ? 32 : 31 - Math.clz32(close - at);
        const bits = Math.min(alignedBits, fittingBits);
        cidrs.push(Cidr.of(Address.of(at), 32 - bits));
        at += 2 ** bits;
      }
    }
    return cidrs;
  }

  equals(other: IntervalSet): boolean {
    return this.edges.length === other.edges.length && this.edges.every((edge, i) => edge === other.edges[i]);
  }

  /** The ranges joined by commas. */
  toString(): string {
    return this.ranges().join(', ');
  }

  toJSON(): readonly string[] {
    return this.ranges().map(String);
  }
}

/** The intervals between opening and closing edges: [open, close). */
function* intervals(edges: readonly number[]): Generator<readonly [open: number, close: number]> {
  let open: number | undefined;
  for (const edge of edges) {
    if (open === undefined) {
      open = edge;
    } else {
      yield [open, edge];
      open = undefined;
    }
  }
}

/** The edges of the set whose members are those that `keep` accepts, given membership in either set. */
function combine(
  here: readonly number[],
  there: readonly number[],
  keep: (inHere: boolean, inThere: boolean) => boolean,
): readonly number[] {
  const edges: number[] = [];
  let kept = false;
  for (let i = 0, j = 0; i < here.length || j < there.length;) {
    const nextHere = here[i] ?? Infinity;
    const nextThere = there[j] ?? Infinity;
    const edge = Math.min(nextHere, nextThere);
    if (nextHere === edge) i++;
    if (nextThere === edge) j++;
    if (keep(i % 2 === 1, j % 2 === 1) !== kept) {
      edges.push(edge);
      kept = !kept;
    }
  }
  return edges;
}

/** How many edges are at or below the value, by bisection. */
function edgesUpTo(edges: readonly number[], value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((edges[middle] ?? Infinity) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
