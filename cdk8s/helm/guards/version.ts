/**
 * Calico's native CRDs need MutatingAdmissionPolicy v1, which Kubernetes serves since 1.36. Checked in every layer: the
 * operators would start but install no CRDs. A plan without Calico needs ValidatingAdmissionPolicy v1 alone.
 *
 * Without a cluster the version is the one of --kube-version, else what Helm pretends: the version of its client library,
 * and 1.20 for a Helm 3 that was built without its release's flags. What it pretends says nothing of a cluster.
 */
import { FIRST_MINOR, FIRST_NATIVE_MINOR } from '../../plan/versions.ts';

/**
 * The minor that a Helm pretends, where that is too old; by Helm's version (helm.sh/helm, k8s.io/client-go in go.mod;
 * pkg/chartutil/capabilities.go of 3, pkg/chart/common/capabilities.go of 4).
 */
const pretended: Readonly<Record<string, number>> = {
  '3.18': 33,
  '3.19': 34,
  '3.20': 35,
  '3.21': 35,
  '4.0': 34,
  '4.1': 35,
};

const UNSET = 'v1.20.0';

export function version(): string {
  const pairs = Object.entries(pretended).map(([helm, minor]) => `"${helm}" "v1.${minor}.0"`);
  return `{{- $kubernetes := .Capabilities.KubeVersion -}}
{{- $pretended := get (dict ${pairs.join(' ')}) (regexFind "[0-9]+[.][0-9]+" .Capabilities.HelmVersion.Version) -}}
{{- if or $live (not (has $kubernetes.Version (list "${UNSET}" $pretended))) -}}
  {{- $minor := int (regexFind "[0-9]+" (toString $kubernetes.Minor)) -}}
  {{- if and (or $mode $prerequisites) (lt $minor ${FIRST_MINOR}) -}}
    {{- fail (printf "this is Kubernetes %s.%s, but the policies of this chart need 1.${FIRST_MINOR}: upgrade the cluster first" $kubernetes.Major $kubernetes.Minor) -}}
  {{- end -}}
  {{- if and (not $mode) (not $prerequisites) (lt $minor ${FIRST_NATIVE_MINOR}) -}}
    {{- fail (printf "this is Kubernetes %s.%s, but Calico's native CRDs need 1.${FIRST_NATIVE_MINOR}: upgrade the cluster first" $kubernetes.Major $kubernetes.Minor) -}}
  {{- end -}}
{{- end -}}
`;
}
