/**
 * Calico's controllers. MetalLB assigns load balancer addresses, so Calico's own allocator only serves Services that
 * request it by name: two allocators would overwrite each other's status (projectcalico/calico#10544). Everything else is
 * upstream's default, in the form in which its controllers write it back (kube-controllers/pkg/config/runconfig.go at
 * v3.32.1). Kept on uninstall: the running controllers recreate the object as soon as it is deleted.
 */
import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  KubeControllersConfiguration as Upstream,
  type KubeControllersConfigurationSpec,
} from '../../../imports/projectcalico.org.ts';
import type { Plain } from '../../plain.ts';
import { partOf, RESOURCE_POLICY } from '../labels.ts';

export function kubeControllersConfigurationSpec(): Plain<KubeControllersConfigurationSpec> {
  const everyFiveMinutes = { reconcilerPeriod: '5m0s' };
  return {
    logSeverityScreen: 'Info',
    healthChecks: 'Enabled',
    etcdV3CompactionPeriod: '10m0s',
    controllers: {
      node: {
        ...everyFiveMinutes,
        syncLabels: 'Enabled',
        leakGracePeriod: '15m0s',
        hostEndpoint: { autoCreate: 'Disabled', createDefaultHostEndpoint: 'Enabled' },
      },
      policy: everyFiveMinutes,
      workloadEndpoint: everyFiveMinutes,
      serviceAccount: everyFiveMinutes,
      namespace: everyFiveMinutes,
      loadBalancer: { assignIPs: 'RequestedServicesOnly' },
    },
  };
}

export interface KubeControllersConfigurationProps {
  readonly spec: object;
}

export class KubeControllersConfiguration extends Construct {
  constructor(scope: Construct, id: string, props: KubeControllersConfigurationProps) {
    super(scope, id);
    new ApiObject(this, 'object', {
      ...Upstream.GVK,
      metadata: { name: 'default', labels: partOf, annotations: { [RESOURCE_POLICY]: 'keep' } },
      spec: props.spec,
    });
  }
}
