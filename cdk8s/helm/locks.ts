/** What the locks of each layer protect, and their message if somebody tries to remove it. */
import type { Construct } from 'constructs';
import { ATTACHMENT_CRD } from '../constructs/release/attachment-crd.ts';
import {
  calicoNamespace,
  DeletionLock,
  deploymentOf,
  kindsOf,
  releaseNamespace,
  type DeletionLockProps,
} from '../constructs/release/deletion-lock.ts';
import { ReleaseLock, type ReleaseLockProps } from '../constructs/release/release-lock.ts';
import type { Release } from '../source.ts';
import type { Layer } from './layers.ts';

/** Adds a layer's locks to a scope; false where it has none. */
export function layerLocks(scope: Construct, layer: Layer, release: Release): boolean {
  const lock = lockOf(layer, release);
  if (!lock) return false;
  new ReleaseLock(scope, 'lock', lock);
  new DeletionLock(scope, 'keep', lock);
  return true;
}

/** Undefined: the layer has no lock. Applications may be removed; their volume claims are kept. */
function lockOf(layer: Layer, release: Release): (ReleaseLockProps & DeletionLockProps) | undefined {
  switch (layer.name) {
    case 'network':
      return {
        release,
        carries: "this release is the cluster's network",
        installation: true,
        keeps: [releaseNamespace, calicoNamespace],
      };
    case 'operators':
      return {
        release,
        carries: "this release has the operators, without which the cluster's network is lost",
        installation: false,
        keeps: [releaseNamespace, deploymentOf('tigera-operator'), networkKinds],
      };
    case 'apps':
      return undefined;
  }
}

/**
 * The API groups whose CRDs the Tigera operator creates and never deletes (tigera/operator v1.42.3, core_controller.go,
 * updateCRDs). MetalLB's come with a chart of its own, which may leave one out in a later version, so only the one that
 * holds the plan's pools.
 */
const networkKinds = kindsOf(
  ['operator.tigera.io', 'projectcalico.org'],
  ['ipaddresspools.metallb.io', ATTACHMENT_CRD],
);
