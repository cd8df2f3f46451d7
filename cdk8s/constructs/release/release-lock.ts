/**
 * Protects the release of the network from being removed by mistake. Helm has no option for this, so the API server refuses
 * it: an uninstall first creates a ConfigMap (a pre-delete hook, before all others), and this policy denies it with a
 * message. Helm then stops before it deletes anything.
 *
 *   helm uninstall ──> hook: create ConfigMap <release>-uninstall ──> denied by <release>-lock ──> nothing is removed
 *   kubectl delete installation default ──> denied by flatlan-network-lock, while the Installation is protected
 *   helm upgrade --set global.allowUninstall=true: no lock, no hook, no `keep` ──> helm uninstall is allowed
 *
 * The ConfigMap has the release's name, so that each release is refused by its own lock with its own message. The annotation
 * of the Installation decides about its deletion: a deleted policy still denies for up to a second, and
 * `helm upgrade && helm uninstall` would leave the Installation behind.
 *
 * ValidatingAdmissionPolicy: Kubernetes 1.30 and later (admissionregistration.k8s.io/v1).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Release } from '../../source.ts';
import { Denial, type Validation } from '../denial.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

/** Of the ConfigMap that an uninstall creates, after the release's name. */
const UNINSTALL = 'uninstall';

export interface ReleaseLockProps {
  readonly release: Release;
  /** What would be lost, as the start of the message. */
  readonly carries: string;
  /** Whether to refuse the deletion of the operator's Installation by anybody as well. */
  readonly installation: boolean;
}

export class ReleaseLock extends Construct {
  constructor(scope: Construct, id: string, props: ReleaseLockProps) {
    super(scope, id);
    const refusals = [uninstall(props), ...(props.installation ? [deletion(props)] : [])];
    new Denial(this, 'denial', {
      name: props.release.named('lock'),
      resourceRules: refusals.map(({ rule }) => rule),
      validations: refusals.map(({ validation }) => validation),
    });
  }
}

/** Which requests a policy checks, and its message. */
interface Refusal {
  readonly rule: object;
  readonly validation: Validation;
}

function uninstall({ release, carries }: ReleaseLockProps): Refusal {
  return {
    rule: {
      apiGroups: [''],
      apiVersions: ['v1'],
      operations: ['CREATE'],
      resources: ['configmaps'],
      resourceNames: [release.named(UNINSTALL)],
    },
    validation: {
      expression: "request.operation != 'CREATE'",
      message: `${carries}, so nothing was removed: to repair the release, run helm rollback to its last revision in helm history; to remove it, run helm upgrade --reuse-values --set global.allowUninstall=true before helm uninstall`,
    },
  };
}

function deletion({ carries }: ReleaseLockProps): Refusal {
  return {
    rule: {
      apiGroups: ['operator.tigera.io'],
      apiVersions: ['v1'],
      operations: ['DELETE'],
      resources: ['installations'],
    },
    validation: {
      expression: `request.operation != 'DELETE' || oldObject.metadata.?annotations[?'${RESOURCE_POLICY}'].orValue('') != 'keep'`,
      message: `${carries}, so the Installation is kept: to allow its removal, run helm upgrade --reuse-values --set global.allowUninstall=true on this release`,
    },
  };
}

/** The hook whose denial stops an uninstall; before upstream's own pre-delete Job (weight -5), which deletes the Installation. */
export class UninstallHook extends Construct {
  constructor(scope: Construct, id: string, release: Release) {
    super(scope, id);
    new ApiObject(this, 'config-map', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: release.named(UNINSTALL),
        namespace: release.namespace,
        labels: partOf,
        annotations: {
          'helm.sh/hook': 'pre-delete',
          'helm.sh/hook-weight': '-100',
          'helm.sh/hook-delete-policy': 'before-hook-creation',
        },
      },
      data: {},
    });
  }
}
