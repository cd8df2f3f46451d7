/**
 * The name of the cluster, for the guards, where there is no Installation to have it as a label: the same label on a ConfigMap
 * of the release (helm/guards/same-cluster.ts). It also says that the cluster's network is not flatlan's Calico.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { CLUSTER_LABEL, partOf } from '../labels.ts';

export const CLUSTER_RECORD = 'flatlan-cluster';

export interface ClusterRecordProps {
  readonly namespace: string;
  readonly cluster: string;
  /** pods.mode of the plan. */
  readonly mode: string;
}

export class ClusterRecord extends Construct {
  constructor(scope: Construct, id: string, { namespace, cluster, mode }: ClusterRecordProps) {
    super(scope, id);
    new ApiObject(this, 'config-map', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CLUSTER_RECORD, namespace, labels: { ...partOf, [CLUSTER_LABEL]: cluster } },
      data: { mode },
    });
  }
}
