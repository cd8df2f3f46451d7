/**
 * A layer's Kustomization: which folder it applies, what it depends on, and its own readiness checks.
 *
 * A layer that carries the network is never pruned. Its objects stay when the Kustomization is deleted or removed from
 * Git. It is reapplied every ten minutes, because it holds what protects the network (protection.ts, the releases'
 * namespace), and nothing else restores what somebody deleted by hand. All Kustomizations are applied at each commit.
 */
import { Kustomization, type KustomizationSpec } from '../../imports/kustomize.toolkit.fluxcd.io.ts';
import { partOf } from '../constructs/labels.ts';
import type { Plain } from '../plain.ts';
import type { Gate } from './gates.ts';
import { FLUX, neverPruned, repository, type FluxObject } from './object.ts';

export interface KustomizationProps {
  readonly name: string;
  /** Relative to the root of the repository. */
  readonly folder: string;
  /** Names of the Kustomizations that must be ready first. */
  readonly after?: readonly string[];
  readonly gate?: Gate;
  readonly carriesNetwork: boolean;
  /** The folder may hold files encrypted by SOPS. */
  readonly encrypted?: true;
}

export function kustomization(props: KustomizationProps): FluxObject {
  const { name, folder, after = [], gate, carriesNetwork, encrypted } = props;
  const spec: Plain<KustomizationSpec> = {
    interval: carriesNetwork ? '10m' : '1h',
    retryInterval: '1m',
    timeout: '5m',
    path: `./${folder}`,
    sourceRef: repository,
    ...(after.length > 0 ? { dependsOn: after.map((dependency) => ({ name: dependency })) } : {}),
    prune: !carriesNetwork,
    ...(carriesNetwork ? { deletionPolicy: 'Orphan' } : {}),
    ...(encrypted ? { decryption: { provider: 'sops' } } : {}),
    ...gate,
  };
  return {
    ...Kustomization.GVK,
    metadata: { name, namespace: FLUX, labels: partOf, ...(carriesNetwork ? { annotations: neverPruned } : {}) },
    spec,
  };
}
