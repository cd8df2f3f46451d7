/** One layer per release, in a namespace of its own. */
import { layers, NAMESPACE, network, operators } from '../layers.ts';
import { CALICO_NAMESPACE } from '../../platforms/calico.ts';

export function layerChoice(): string {
  return `{{- /* One layer per release. */ -}}
{{- $chosen := list -}}
{{- if $operators }}{{ $chosen = append $chosen "operators" }}{{ end -}}
{{- if $network }}{{ $chosen = append $chosen "network" }}{{ end -}}
{{- if $app.enabled }}{{ $chosen = append $chosen "apps" }}{{ end -}}
{{- if gt (len $chosen) 1 -}}
  {{- fail (printf "%s are separate releases, because the CRDs of one come from another: install ${layers.map(({ release, name }) => `${release} with -f layers/${name}.yaml`).join(', then ')}" (join " and " $chosen)) -}}
{{- end -}}
{{- if not $chosen -}}
  {{- fail "no layer is chosen: install ${operators.release} with -f layers/${operators.name}.yaml first, then ${network.release} with -f layers/${network.name}.yaml and the values of your plan" -}}
{{- end -}}
{{- if has .Release.Namespace (list "${CALICO_NAMESPACE}" "calico-apiserver" "tigera-operator" "kube-system") -}}
  {{- fail (printf "namespace %s belongs to another component: install with --namespace ${NAMESPACE}" .Release.Namespace) -}}
{{- end -}}
`;
}
