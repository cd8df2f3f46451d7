/** What each layer's lock says when somebody tries to remove it. */
import type { ReleaseLockProps } from '../constructs/release/release-lock.ts';
import type { Release } from '../source.ts';
import type { Layer } from './layers.ts';

export function lockOf(layer: Layer, release: Release): ReleaseLockProps {
  return layer.name === 'network'
    ? { release, carries: "this release carries the cluster's network", installation: true }
    : {
        release,
        carries: "this release carries the operators, and removing them removes the cluster's network",
        installation: false,
      };
}
