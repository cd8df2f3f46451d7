/** A ServiceAccount with what it may do in the whole cluster, and in single namespaces. */
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
  /** By namespace; its own may be one of them. */
  readonly inside?: ReadonlyMap<string, readonly PolicyRule[]>;
  /** Of every object. */
  readonly annotations?: Readonly<Record<string, string>>;
}

function roleRef(kind: string, name: string) {
  return { apiGroup: 'rbac.authorization.k8s.io', kind, name };
}

export class Account extends Construct {
  constructor(scope: Construct, id: string, { name, namespace, cluster, inside, annotations }: AccountProps) {
    super(scope, id);
    const metadata = { name, labels: partOf, ...(annotations ? { annotations } : {}) };
    const subjects = [{ kind: 'ServiceAccount', name, namespace }];
    new KubeServiceAccount(this, 'account', { metadata: { ...metadata, namespace } });
    if (cluster.length > 0) {
      new KubeClusterRole(this, 'cluster-role', { metadata, rules: [...cluster] });
      new KubeClusterRoleBinding(this, 'cluster-binding', {
        metadata,
        roleRef: roleRef('ClusterRole', name),
        subjects,
      });
    }
    for (const [index, [where, rules]] of [...(inside ?? [])].entries()) {
      const local = { ...metadata, namespace: where };
      new KubeRole(this, `role-${index}`, { metadata: local, rules: [...rules] });
      new KubeRoleBinding(this, `binding-${index}`, { metadata: local, roleRef: roleRef('Role', name), subjects });
    }
  }
}
