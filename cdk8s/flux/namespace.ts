/** The releases' namespace; the operator runs on the node's own network, which the pod security level must let through. */
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
