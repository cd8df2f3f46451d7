import type { Address } from './address.ts';

/**
 * Consecutive addresses, both ends included. `Address`, `Cidr` and `Range` are all spans, so what compares them
 * needs to know none of the three.
 *
 *     first               last
 *       |------------------|
 */
export interface Span {
  readonly first: Address;
  readonly last: Address;
}

/** Every address of `inner` is in `outer`. */
export function spanContains(outer: Span, inner: Span): boolean {
  return outer.first.value <= inner.first.value && inner.last.value <= outer.last.value;
}

/** Some address is in both. */
export function spansOverlap(a: Span, b: Span): boolean {
  return a.first.value <= b.last.value && b.first.value <= a.last.value;
}
