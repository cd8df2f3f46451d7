/** Typha and calico-node must run on every node, whatever tolerations the values have (values/tolerations.ts). */
import { keepingOff, toleratingAll, whyTolerateAll } from '../../values/tolerations.ts';

export function tolerations(): string {
  return `{{- if $whole -}}
  {{- /* A list in these places replaces "tolerate everything". */ -}}
${toleratingAll.map(refuse).join('')}{{- end -}}
`;
}

function refuse({ path, mayBeEmpty }: (typeof toleratingAll)[number]): string {
  const name = `network.installation.${path.join('.')}`;
  const keys = path.map((key) => JSON.stringify(key)).join(' ');
  const empty = mayBeEmpty ? '(not (empty $list))' : '(not (kindIs "invalid" $list))';
  return `  {{- $list := dig ${keys} nil .Values.network.installation -}}
  {{- if and ${empty} (not (include "flatlan.toleratesAll" $list)) -}}
    {{- fail ${JSON.stringify(`${name} ${whyTolerateAll}`)} -}}
  {{- end -}}
`;
}

/** The named template behind it: whether a list of tolerations lets a pod onto every node, for good. */
export function toleratesAll(): string {
  const effects = keepingOff.map((effect) => JSON.stringify(effect)).join(' ');
  return `{{- /* Whether a list of tolerations lets a pod onto every node, for good. */ -}}
{{- define "flatlan.toleratesAll" -}}
{{- $missing := list ${effects} -}}
{{- range $one := . -}}
{{- if and (eq (default "" $one.operator) "Exists") (empty $one.key) (not (hasKey $one "tolerationSeconds")) -}}
{{- $missing = ternary (without $missing (default "" $one.effect)) list (not (empty $one.effect)) -}}
{{- end -}}
{{- end -}}
{{- if not $missing }}yes{{ end -}}
{{- end -}}
`;
}
