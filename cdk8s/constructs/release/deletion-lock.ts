/**
 * Protects what a release depends on from being deleted by mistake: its namespace, the CRDs, the operator. Not all of these
 * are its own objects and Helm's `keep` does not protect them, so the API server refuses the deletion.
 *
 *   kubectl delete namespace flatlan-system ──> denied by <release>-keep, while the Role <release>-keep exists
 *   helm upgrade --set global.allowUninstall=true: no Role, no policy
 *
 * The Role is the policy's parameter and permits nothing. It says which namespace the release is in, and it is the switch: a
 * policy that is gone goes on denying for up to a second, but its parameter is looked up at each request, so `helm upgrade
 * && helm uninstall` works. Kubernetes' own controllers delete none of this, except objects whose owner was deleted.
 *
 * A Role and no ConfigMap: when the last policy with a parameter of a kind goes, the API server stops to watch that kind for
 * policies and never starts again, so that a later policy sees parameters as they were then, until the API server starts
 * anew. It watches Roles from its start, for its own RBAC (k8s.io/apiserver v0.36.3, pkg/admission/plugin/policy/generic/
 * policy_source.go, ensureParamsForPolicyLocked and the clean-up of calculatePolicyData; client-go's factories start an
 * informer once).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import type { Release } from '../../source.ts';
import { Denial } from '../denial.ts';
import { partOf } from '../labels.ts';
import { CALICO_NAMESPACE } from '../../platforms/calico.ts';

export interface DeletionLockProps {
  readonly release: Release;
  /** What would be lost, as the start of the message. */
  readonly carries: string;
  readonly keeps: readonly Kept[];
}

export interface Kept {
  readonly apiGroup: string;
  readonly resource: string;
  /** Of CEL, about oldObject: which objects. */
  readonly which: string;
  /** What is kept, in the message. */
  readonly what: string;
}

/** Of CEL: the release's own namespace. */
const RELEASE_NAMESPACE = 'params.metadata.namespace';

/** The namespace of the releases, with Helm's records of them and all their pods. */
export const releaseNamespace: Kept = {
  apiGroup: '',
  resource: 'namespaces',
  which: `oldObject.metadata.name == ${RELEASE_NAMESPACE}`,
  what: 'this namespace',
};

/** calico-system is deleted with the Installation that owns it; a controller manager may use one account for all controllers. */
const collectors = ['system:serviceaccount:kube-system:generic-garbage-collector', 'system:kube-controller-manager'];

/** Calico itself. The operator would create its namespace again, and every pod of calico-node with it. */
export const calicoNamespace: Kept = {
  apiGroup: '',
  resource: 'namespaces',
  which: `oldObject.metadata.name == '${CALICO_NAMESPACE}' && !(request.userInfo.username in ${list(collectors)})`,
  what: 'this namespace',
};

export function deploymentOf(name: string): Kept {
  return {
    apiGroup: 'apps',
    resource: 'deployments',
    which: `oldObject.metadata.name == '${name}' && oldObject.metadata.namespace == ${RELEASE_NAMESPACE}`,
    what: 'this Deployment',
  };
}

/** CRDs by name, and every CRD of these groups: with a CRD all its objects are deleted. */
export function kindsOf(groups: readonly string[], names: readonly string[]): Kept {
  const ofGroups = groups.length > 0 ? `oldObject.spec.group in ${list(groups)} || ` : '';
  return {
    apiGroup: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    which: `${ofGroups}oldObject.metadata.name in ${list(names)}`,
    what: 'this CRD, with all its objects,',
  };
}

export class DeletionLock extends Construct {
  constructor(scope: Construct, id: string, { release, carries, keeps }: DeletionLockProps) {
    super(scope, id);
    const name = release.named('keep');
    const { namespace } = release;
    const kind = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role' };
    new ApiObject(this, 'switch', { ...kind, metadata: { name, namespace, labels: partOf }, rules: [] });
    new Denial(this, 'denial', {
      name,
      parameter: {
        kind,
        ref: { name, namespace, parameterNotFoundAction: 'Allow' },
      },
      resourceRules: rules(keeps),
      validations: keeps.map(({ resource, which, what }) => ({
        expression: `request.resource.resource != '${resource}' || !(${which})`,
        message: `${carries}, so ${what} is kept: to allow its removal, run helm upgrade --reuse-values --set global.allowUninstall=true on this release`,
      })),
    });
  }
}

/** Not resourceNames: `kubectl delete --all` and the removal of a namespace name no object. */
function rules(keeps: readonly Kept[]): object[] {
  const resources = new Map(keeps.map(({ apiGroup, resource }) => [resource, apiGroup]));
  return [...resources].map(([resource, apiGroup]) => ({
    apiGroups: [apiGroup],
    apiVersions: ['v1'],
    operations: ['DELETE'],
    resources: [resource],
  }));
}

function list(texts: readonly string[]): string {
  return `[${texts.map((text) => `'${text}'`).join(', ')}]`;
}
