/**
 * The right by which MetalLB's controller reads its own pod, which it does before anything else. Upstream's chart has it in
 * a Role that goes with the speaker, and the controller then ends at once (docs/facts.md#the-controller-without-a-speaker). Which
 * versions need it: versions.ts.
 */
import { KubeRole, KubeRoleBinding } from 'cdk8s-plus-28/lib/imports/k8s.js';
import { Construct } from 'constructs';
import { partOf } from '../labels.ts';

export interface ControllerAccessProps {
  /** The release's, where the controller runs. */
  readonly namespace: string;
  /** Its ServiceAccount, which upstream's chart makes. */
  readonly account: string;
}

export class ControllerAccess extends Construct {
  constructor(scope: Construct, id: string, { namespace, account }: ControllerAccessProps) {
    super(scope, id);
    const metadata = { name: 'flatlan-metallb-controller', namespace, labels: partOf };
    new KubeRole(this, 'role', { metadata, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] });
    new KubeRoleBinding(this, 'binding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
    });
  }
}
