/**
 * A layer's Kustomization: which folder, after what, and what must be true before the next.
 *
 * The folder of a layer that carries the network is never pruned and its objects stay when the Kustomization goes, also
 * when that is no longer in Git. It is applied anew every ten minutes: it holds what protects the network (protection.ts,
 * the releases' namespace), and what somebody deleted by hand comes back no sooner. The others follow each commit anyway.
 */
import { Kustomization, type KustomizationSpec } from '../../imports/kustomize.toolkit.fluxcd.io.ts';
import { partOf } from '../constructs/labels.ts';
import type { Plain } from '../plain.ts';
import type { Gate } from './gates.ts';
import { FLUX, neverPruned, repository, type FluxObject } from './object.ts';

export interface KustomizationProps {
  readonly name: string;
  /** From the root of the repository. */
  readonly folder: string;
  /** Names of the Kustomizations whose gates must be open. */
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
