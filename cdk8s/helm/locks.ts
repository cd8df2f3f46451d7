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

/**
 * Applications may be removed; their volume claims are kept. Where a plan has no Calico, one that is in the cluster is
 * somebody else's.
 */
const locks: Readonly<Record<CarryingLayer['name'], (calico: boolean) => Lock>> = {
  network: (calico) => ({
    carries: calico ? "this release is the cluster's network" : 'this release gives pods their network',
    installation: calico,
    keeps: calico ? [releaseNamespace, calicoNamespace] : [releaseNamespace],
  }),
  prerequisites: () => ({
    carries: 'this release has the CRD of attachments, without which pods with one do not start',
    installation: false,
    keeps: [releaseNamespace, kindsOf([], [ATTACHMENT_CRD])],
  }),
  operators: () => ({
    carries: "this release has the operators, without which the cluster's network is lost",
    installation: false,
    keeps: [releaseNamespace, deploymentOf('tigera-operator'), networkKinds],
  }),
};

/** Adds a layer's locks to a scope; none where it does not carry the network. */
export function layerLocks(scope: Construct, layer: Layer, release: Release, calico: boolean): void {
  if (!carriesNetwork(layer)) return;
  const lock = { release, ...locks[layer.name](calico) };
  new ReleaseLock(scope, 'lock', lock);
  new DeletionLock(scope, 'keep', lock);
}
