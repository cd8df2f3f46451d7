/**
 * Deleting a HelmRelease uninstalls its release, and so does changing the release's name or namespace. For releases that
 * carry the network the API server refuses both. A suspended HelmRelease may be deleted, because its release then stays
 * (helm-controller v1.6.4, internal/controller/helmrelease_controller.go, reconcileDelete).
 *
 * The policy goes by the release that a HelmRelease manages, not by the name of the HelmRelease: two HelmReleases for one
 * release are both Ready, and deleting either uninstalls it. So a release that carries the network has exactly one
 * HelmRelease, with the release's name, in Flux's namespace.
 *
 * The chart's own lock would stop the uninstall too, but later: the HelmRelease would hang in deletion.
 */
import { denialObjects } from '../constructs/denial.ts';
import { NAMESPACE, type Layer } from '../helm/layers.ts';
import { FLUX, neverPruned, type FluxObject } from './object.ts';

const NAME = 'flatlan-flux-releases';

/** Fields that determine which release in the cluster a HelmRelease manages. */
const target = ['releaseName', 'targetNamespace', 'storageNamespace'];

/** CEL: the name of a HelmRelease's release (helm-controller v1.6.4, api/v2/helmrelease_types.go, GetReleaseName). */
function releaseOf(object: string): string {
  const { name, space } = { name: `${object}.metadata.name`, space: `${object}.spec.targetNamespace` };
  return `${object}.spec.?releaseName.orValue(has(${space}) ? ${space} + '-' + ${name} : ${name})`;
}

/** CEL: whether a HelmRelease manages one of these releases; Helm stores their records in the releases' namespace. */
function drives(object: string, releases: string): string {
  return `(${releaseOf(object)} in ${releases} && ${object}.spec.?storageNamespace.orValue(${object}.metadata.namespace) == '${NAMESPACE}')`;
}

export function releaseProtection(layers: readonly Layer[]): FluxObject[] {
  const releases = `[${layers.map(({ release }) => `'${release}'`).join(', ')}]`;
  const [was, is] = [drives('oldObject', releases), drives('object', releases)];
  const { policy, binding } = denialObjects({
    name: NAME,
    annotations: neverPruned,
    resourceRules: [
      {
        apiGroups: ['helm.toolkit.fluxcd.io'],
        apiVersions: ['*'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
        resources: ['helmreleases'],
      },
    ],
    // Not resourceNames: requests of `kubectl delete --all` and of a namespace's removal contain no object name.
    matchConditions: [
      {
        name: 'carries-the-network',
        expression: `request.operation == 'CREATE' ? ${is} : (${was} || (request.operation == 'UPDATE' && ${is}))`,
      },
    ],
    validations: [
      {
        expression: "request.operation != 'DELETE' || oldObject.spec.?suspend.orValue(false)",
        message:
          "deleting this HelmRelease would uninstall the cluster's network: suspend it first " +
          '(flux suspend helmrelease); then its release is kept and you can manage it with Helm',
      },
      {
        expression: `request.operation != 'UPDATE' || !${was} || (${target.map((field) => `object.spec.?${field} == oldObject.spec.?${field}`).join(' && ')})`,
        message: `${target.join(', ')} of this HelmRelease cannot change: Flux would uninstall the cluster's network and install it again`,
      },
      {
        // An existing second HelmRelease may still be changed; otherwise nobody could suspend and delete it. With a
        // kubeConfig the release is in another cluster.
        expression: `request.operation == 'DELETE' || (request.operation == 'UPDATE' && ${was}) || has(object.spec.kubeConfig) || (object.metadata.namespace == '${FLUX}' && object.metadata.name == ${releaseOf('object')})`,
        message: `a release of the cluster's network has exactly one HelmRelease, with the release's name, in ${FLUX}: with a second one both are Ready, and deleting either is an uninstall`,
      },
    ],
  });
  return [policy, binding];
}
