/** The releases' namespace. The operator runs with hostNetwork, which the namespace's Pod Security level must allow. */
import { partOf } from '../constructs/labels.ts';
import { NAMESPACE } from '../helm/layers.ts';
import { neverPruned, type FluxObject } from './object.ts';

export function releaseNamespace(): FluxObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: NAMESPACE,
      labels: { ...partOf, 'pod-security.kubernetes.io/enforce': 'privileged' },
      annotations: neverPruned,
    },
  };
}
