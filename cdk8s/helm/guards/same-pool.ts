/**
 * The pool of pods' addresses is what it is: Calico's API refuses another cidr or block size for a pool that is there
 * (api/config/crd/projectcalico.org_ippools.yaml, "cannot be changed"), and the operator reports Degraded and goes on with
 * the old one (tigera/operator v1.42.3, pkg/controller/ippool/pool_controller.go) while filters, routers and attachments
 * follow the new one.
 *
 * The pool itself is asked, since it outlives the Installation. Where the Installation has been changed already, the way
 * back to the pool is open, and so is an upgrade that leaves it as it is.
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
      {{- fail (printf "pods have addresses of the pool %s, and these values have the pool %s of %s, blocks of /%d: Calico changes neither name, cidr nor blockSize of a pool in use; keep them, or take the network away first (README.md of the chart, \\"Another pool\\")" (join "; " $is) $pool.name $pool.cidr (int $pool.blockSize)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
`;
}
