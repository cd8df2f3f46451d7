/**
 * Deleting a HelmRelease is an uninstall, and so is giving its release another name or namespace. For what carries the
 * network the API server refuses both; a HelmRelease that is suspended may go, because its release then stays
 * (helm-controller v1.6.4, internal/controller/helmrelease_controller.go, reconcileDelete).
 *
 * The chart's own lock would stop the uninstall too, but later: the HelmRelease would be neither here nor gone.
 */
import { partOf } from '../constructs/labels.ts';
import type { Layer } from '../helm/layers.ts';
import { FLUX, neverPruned, type FluxObject } from './object.ts';

const NAME = 'flatlan-flux-releases';

/** Fields that say which release in the cluster a HelmRelease is. */
const target = ['releaseName', 'targetNamespace', 'storageNamespace'];

export function releaseProtection(layers: readonly Layer[]): FluxObject[] {
  const names = layers.map(({ release }) => `'${release}'`).join(', ');
  const metadata = { name: NAME, labels: partOf, annotations: neverPruned };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ['helm.toolkit.fluxcd.io'],
              apiVersions: ['*'],
              operations: ['UPDATE', 'DELETE'],
              resources: ['helmreleases'],
            },
          ],
        },
        // Not resourceNames: `kubectl delete --all` and the removal of a namespace name no object.
        matchConditions: [
          {
            name: 'carries-the-network',
            expression: `oldObject.metadata.namespace == '${FLUX}' && oldObject.metadata.name in [${names}]`,
          },
        ],
        validations: [
          {
            expression: "request.operation != 'DELETE' || oldObject.spec.?suspend.orValue(false)",
            reason: 'Forbidden',
            message:
              "deleting this HelmRelease would uninstall what carries the cluster's network: suspend it first " +
              '(flux suspend helmrelease), and its release stays and is yours to manage with Helm',
          },
          {
            expression: `request.operation != 'UPDATE' || (${target.map((field) => `object.spec.?${field} == oldObject.spec.?${field}`).join(' && ')})`,
            reason: 'Forbidden',
            message: `${target.join(', ')} of this HelmRelease can't change: Flux would uninstall what carries the cluster's network and install it anew`,
          },
        ],
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  ];
}
