/**
 * Felix, Calico's agent on each node. The five values are those that the operator fills in when they are absent: written
 * here, it has nothing to write and no upgrade conflicts (facts/helm-live.md). Kept on uninstall: the operator would
 * make it anew, and the next installation could not own it.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { FelixConfiguration as Upstream, type FelixConfigurationSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

export function felixConfigurationSpec(): Plain<FelixConfigurationSpec> {
  return {
    healthPort: 9099,
    vxlanPort: 4789,
    vxlanVNI: 4096,
    nftablesMode: 'Disabled',
    bpfEnabled: false,
  };
}

export interface FelixConfigurationProps {
  readonly spec: object;
}

export class FelixConfiguration extends Construct {
  constructor(scope: Construct, id: string, props: FelixConfigurationProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: 'default', labels: partOf, annotations: { [RESOURCE_POLICY]: 'keep' } },
      spec: props.spec,
    });
  }
}
