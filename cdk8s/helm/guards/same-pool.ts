/**
 * The pool of pod addresses cannot change: Calico's API refuses another cidr or block size for an existing pool
 * (api/config/crd/projectcalico.org_ippools.yaml, "cannot be changed"), and the operator reports Degraded and goes on with
 * the old one (tigera/operator v1.42.3, pkg/controller/ippool/pool_controller.go) while filters, routers and attachments
 * follow the new one.
 *
 * The pool itself is looked up, because it outlives the Installation. If the Installation has been changed already, values
 * of the pool are accepted as well as an upgrade that changes nothing.
 */
import { POOL_NAME } from '../../constructs/calico/installation.ts';

export function samePool(): string {
  return `{{- if and $whole $live -}}
  {{- /* What pods have addresses of: by the pool, and by the Installation where the operator hasn't made one yet. */ -}}
  {{- $asked := dig "spec" "calicoNetwork" "ipPools" list (default dict $installation) -}}
  {{- $made := list -}}
  {{- $names := list "${POOL_NAME}" -}}
  {{- range $pool := $asked }}{{ $names = append $names (default "" $pool.name) }}{{ end -}}
  {{- if include "flatlan.established" "ippools.projectcalico.org" -}}
    {{- range $name := uniq $names -}}
      {{- with and $name (lookup "projectcalico.org/v3" "IPPool" "" $name) -}}
        {{- $made = append $made (dict "name" $name "cidr" .spec.cidr "blockSize" (default 26 .spec.blockSize)) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
  {{- $running := default $asked $made -}}
  {{- range $pool := $.Values.network.installation.calicoNetwork.ipPools -}}
    {{- $same := not $running -}}
    {{- $is := list -}}
    {{- range $there := concat $made $asked -}}
      {{- if and (eq (default "" $there.name) $pool.name) (eq $there.cidr $pool.cidr) (eq (int (default 26 $there.blockSize)) (int $pool.blockSize)) }}{{ $same = true }}{{ end -}}
    {{- end -}}
    {{- range $there := $running -}}
      {{- $is = append $is (printf "%s of %s, blocks of /%d" (default "" $there.name) $there.cidr (int (default 26 $there.blockSize))) -}}
    {{- end -}}
    {{- if not $same -}}
      {{- fail (printf "pods have addresses of the pool %s, but these values have the pool %s of %s, blocks of /%d: Calico cannot change name, cidr or blockSize of a pool in use; keep them, or remove the network first (README.md of the chart, \\"Another pool\\")" (join "; " $is) $pool.name $pool.cidr (int $pool.blockSize)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
