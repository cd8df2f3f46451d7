/**
 * Lets calico-node read the BGP password, and nothing else. A Role in calico-system could be created only after the
 * operator has created that namespace; a ClusterRole limited to one distinctive Secret name does not have to wait.
 * calico-node needs `list` and `watch`; `get` alone is not enough (docs/facts.md#the-bgp-password).
 */
import { Construct } from 'constructs';
import { KubeClusterRole, KubeClusterRoleBinding } from 'cdk8s-plus-28/lib/imports/k8s.js';
import { partOf } from '../labels.ts';
import { CALICO_NAMESPACE, CALICO_NODE } from '../../platforms/calico.ts';

export interface BgpPasswordAccessProps {
  readonly secretName: string;
}

export class BgpPasswordAccess extends Construct {
  constructor(scope: Construct, id: string, props: BgpPasswordAccessProps) {
    super(scope, id);
    const name = 'flatlan-bgp-password-reader';
    new KubeClusterRole(this, 'role', {
      metadata: { name, labels: partOf },
      rules: [{ apiGroups: [''], resources: ['secrets'], resourceNames: [props.secretName], verbs: ['list', 'watch'] }],
    });
    new KubeClusterRoleBinding(this, 'binding', {
      metadata: { name, labels: partOf },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name: CALICO_NODE, namespace: CALICO_NAMESPACE }],
    });
  }
}
