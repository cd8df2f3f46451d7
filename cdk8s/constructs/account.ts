/** A ServiceAccount with what it may do in the whole cluster, and in its own namespace. */
import {
  KubeClusterRole,
  KubeClusterRoleBinding,
  KubeRole,
  KubeRoleBinding,
  KubeServiceAccount,
  type PolicyRule,
} from 'cdk8s-plus-28/lib/imports/k8s.js';
import { Construct } from 'constructs';
import { partOf } from './labels.ts';

export interface AccountProps {
  readonly name: string;
  readonly namespace: string;
  readonly cluster: readonly PolicyRule[];
  readonly own?: readonly PolicyRule[];
}

const apiGroup = 'rbac.authorization.k8s.io';

export class Account extends Construct {
  constructor(scope: Construct, id: string, { name, namespace, cluster, own = [] }: AccountProps) {
    super(scope, id);
    const local = { name, namespace, labels: partOf };
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    new KubeServiceAccount(this, 'account', { metadata: local });
    new KubeClusterRole(this, 'cluster-role', { metadata: { name, labels: partOf }, rules: [...cluster] });
    new KubeClusterRoleBinding(this, 'cluster-binding', {
      metadata: { name, labels: partOf },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects,
    });
    if (own.length === 0) return;
    new KubeRole(this, 'role', { metadata: local, rules: [...own] });
    new KubeRoleBinding(this, 'binding', { metadata: local, roleRef: { apiGroup, kind: 'Role', name }, subjects });
  }
}
