/** One layer per release, in a namespace of its own. */
import { CALICO_NAMESPACE } from '../../platforms/calico.ts';
import { apps, layerPath, layers, NAMESPACE, network, operators, prerequisites, type Layer } from '../layers.ts';

/** Whether a release is this layer, in the variables of index.ts. */
const chosen: Readonly<Record<Layer['name'], string>> = {
  operators: '$operators',
  prerequisites: '$prerequisites',
  network: '$network',
  apps: '$app.enabled',
};

/** A layer in messages. */
export function withFile(layer: Layer): string {
  return `${layer.release} with -f ${layerPath(layer)}`;
}

const WITHOUT_CALICO = `a plan without Calico has ${withFile(prerequisites)} in place of ${operators.release}`;

export function layerChoice(): string {
  return `{{- /* One layer per release. */ -}}
{{- $chosen := list -}}
${layers.map(({ name }) => `{{- if ${chosen[name]} }}{{ $chosen = append $chosen "${name}" }}{{ end -}}\n`).join('')}{{- if gt (len $chosen) 1 -}}
  {{- fail (printf "%s are separate releases, because the CRDs of one come from another: install ${[operators, network, apps].map(withFile).join(', then ')}; ${WITHOUT_CALICO}" (join " and " $chosen)) -}}
{{- end -}}
{{- if not $chosen -}}
  {{- fail "no layer is chosen: install ${withFile(operators)} first, then ${withFile(network)} and the values of your plan; ${WITHOUT_CALICO}" -}}
{{- end -}}
{{- if has .Release.Namespace (list "${CALICO_NAMESPACE}" "calico-apiserver" "tigera-operator" "kube-system") -}}
  {{- fail (printf "namespace %s belongs to another component: install with --namespace ${NAMESPACE}" .Release.Namespace) -}}
{{- end -}}
`;
}
