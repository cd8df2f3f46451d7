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
import { carriesNetwork, type CarryingLayer, type Layer } from './layers.ts';

/**
 * The API groups whose CRDs the Tigera operator creates and never deletes (tigera/operator v1.42.3, core_controller.go,
 * updateCRDs). MetalLB's come with a chart of its own, which may leave one out in a later version, so only the one that
 * holds the plan's pools.
 */
const networkKinds = kindsOf(
  ['operator.tigera.io', 'projectcalico.org'],
  ['ipaddresspools.metallb.io', ATTACHMENT_CRD],
);

type Lock = Omit<ReleaseLockProps & DeletionLockProps, 'release'>;

/** Applications may be removed; their volume claims are kept. */
const locks: Readonly<Record<CarryingLayer['name'], Lock>> = {
  network: {
    carries: "this release is the cluster's network",
    installation: true,
    keeps: [releaseNamespace, calicoNamespace],
  },
  operators: {
    carries: "this release has the operators, without which the cluster's network is lost",
    installation: false,
    keeps: [releaseNamespace, deploymentOf('tigera-operator'), networkKinds],
  },
};

/** Adds a layer's locks to a scope; none where it does not carry the network. */
export function layerLocks(scope: Construct, layer: Layer, release: Release): void {
  if (!carriesNetwork(layer)) return;
  const lock = { release, ...locks[layer.name] };
  new ReleaseLock(scope, 'lock', lock);
  new DeletionLock(scope, 'keep', lock);
}
