/**
 * What a node imports from its router and exports to it. Without a filter Calico imports everything, a default route
 * included; a reference to a filter that does not exist is silently ignored (docs/facts.md#a-peer-without-filter).
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { BgpFilter as Upstream, type BgpFilterSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { FilterRule, RouteFilter } from '../../plan/network/index.ts';
import { partOf } from '../labels.ts';

export function bgpFilterSpec(filter: RouteFilter): Plain<BgpFilterSpec> {
  return { importV4: filter.import.map(ruleSpec), exportV4: filter.export.map(ruleSpec) };
}

function ruleSpec(rule: FilterRule) {
  return {
    action: rule.action === 'accept' ? ('Accept' as const) : ('Reject' as const),
    ...(rule.fromPeers ? { source: 'RemotePeers' as const } : {}),
    ...(rule.within ? { cidr: String(rule.within), matchOperator: 'In' as const } : {}),
  };
}

export interface BgpFilterProps {
  readonly name: string;
  readonly spec: object;
}

export class BgpFilter extends Construct {
  constructor(scope: Construct, id: string, props: BgpFilterProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: props.name, labels: partOf },
      spec: props.spec,
    });
  }
}
