/**
 * Felix, Calico's agent on each node. Every field is set here. Otherwise one of these writers would become the owner of a
 * field, and an upgrade that changes the field would conflict (docs/facts.md#writers-of-felixconfiguration):
 *
 *   operator      healthPort to bpfEnabled, if absent
 *   calico-node   reportingInterval and logSeverityScreen, if absent. It then writes the whole object with its own
 *                 defaults, so every field below as well (v3.32.1, startup.go, ensureDefaultConfig;
 *                 clientv3/felixconfig.go, setDefaults), including bpfLogLevel, which is serialized even when empty
 *
 * Kept on uninstall: the operator would recreate it, and the next installation could not take ownership.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { FelixConfiguration as Upstream, type FelixConfigurationSpec } from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import type { CalicoNetwork } from '../../plan/network/calico.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';
import { dataplanes } from '../../platforms/calico.ts';
import { writtenSince } from './since.ts';

export function felixConfigurationSpec({ kubernetes, versions, pods }: CalicoNetwork): Plain<FelixConfigurationSpec> {
  return {
    healthPort: 9099,
    vxlanPort: 4789,
    vxlanVNI: 4096,
    nftablesMode: dataplanes[kubernetes.kubeProxy].nftablesMode,
    bpfEnabled: false,
    reportingInterval: '0s',
    logSeverityScreen: 'Info',
    floatingIPs: 'Disabled',
    bpfConnectTimeLoadBalancing: 'TCP',
    bpfHostNetworkedNATWithoutCTLB: 'Enabled',
    bpfLogLevel: '',
    ...writtenSince(versions.calico).felix,
    ...(pods.mode === 'on-lan' && pods.answersArp === 'calico' ? answersArp : {}),
  };
}

/** Since 3.33 (docs/facts.md#arp-for-pods). */
const answersArp = { localSubnetL2Reachability: 'PodsAndLoadBalancers' } as const;

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
