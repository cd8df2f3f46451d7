/**
 * A check that `helm test` runs: one kubectl command that ends with 0 when the thing it looks at works. It runs on the
 * node's own network, so that it tells of a broken pod network instead of hanging in it.
 */
import { ApiObject } from 'cdk8s';
import { KubeClusterRole, KubeClusterRoleBinding, KubeServiceAccount } from 'cdk8s-plus-28/lib/imports/k8s.js';
import { Construct } from 'constructs';
import type { Release } from '../../source.ts';
import { partOf } from '../labels.ts';

export interface CheckDefinition {
  readonly name: string;
  /** Arguments of kubectl. */
  readonly args: readonly string[];
  /** What the command reads, and no more. */
  readonly reads: readonly ReadRule[];
}

export interface ReadRule {
  readonly apiGroup: string;
  readonly resource: string;
  /** Absent: all of them. */
  readonly names?: readonly string[];
}

export interface ChecksProps {
  readonly release: Release;
  readonly image: string;
  readonly checks: readonly CheckDefinition[];
}

function hook(weight: number, deletePolicy: string) {
  return {
    'helm.sh/hook': 'test',
    'helm.sh/hook-weight': String(weight),
    'helm.sh/hook-delete-policy': deletePolicy,
  };
}

export class Checks extends Construct {
  constructor(scope: Construct, id: string, props: ChecksProps) {
    super(scope, id);
    const name = props.release.named('checks');
    const { namespace } = props.release;
    const annotations = hook(-1, 'before-hook-creation,hook-succeeded');
    new KubeServiceAccount(this, 'account', { metadata: { name, namespace, labels: partOf, annotations } });
    new KubeClusterRole(this, 'role', {
      metadata: { name, labels: partOf, annotations },
      rules: props.checks
        .flatMap((check) => check.reads)
        .map((rule) => ({
          apiGroups: [rule.apiGroup],
          resources: [rule.resource],
          ...(rule.names ? { resourceNames: [...rule.names] } : {}),
          verbs: ['get', 'list', 'watch'],
        })),
    });
    new KubeClusterRoleBinding(this, 'binding', {
      metadata: { name, labels: partOf, annotations },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
    for (const check of props.checks)
      new ApiObject(this, check.name, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: props.release.named(`check-${check.name}`),
          namespace,
          labels: partOf,
          annotations: hook(0, 'before-hook-creation'),
        },
        spec: {
          restartPolicy: 'Never',
          hostNetwork: true,
          serviceAccountName: name,
          tolerations: [{ operator: 'Exists' }],
          securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: 'RuntimeDefault' } },
          containers: [
            {
              name: 'kubectl',
              image: props.image,
              args: [...check.args],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '128Mi' } },
            },
          ],
        },
      });
  }
}
