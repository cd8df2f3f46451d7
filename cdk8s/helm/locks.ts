/** What each layer's lock says when somebody tries to remove it. */
import type { ReleaseLockProps } from '../constructs/release/release-lock.ts';
import type { Release } from '../source.ts';
import type { Layer } from './layers.ts';

/** Undefined: the layer has no lock. Applications may go; what they stored stays by itself. */
export function lockOf(layer: Layer, release: Release): ReleaseLockProps | undefined {
  switch (layer.name) {
    case 'network':
      return { release, carries: "this release carries the cluster's network", installation: true };
    case 'operators':
      return {
        release,
        carries: "this release carries the operators, and removing them removes the cluster's network",
        installation: false,
      };
    case 'apps':
      return undefined;
  }
}
