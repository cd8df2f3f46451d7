/** What each distribution decides about Calico and the node plane; its settings are read in test/steps. */
import { describe, expect, test } from '@jest/globals';
import { felixConfigurationSpec } from '../../cdk8s/constructs/calico/felix-configuration.ts';
import { installationSpec } from '../../cdk8s/constructs/calico/installation.ts';
import { network as networkLayer } from '../../cdk8s/helm/layers.ts';
import { distributions, type DistributionTraits } from '../../cdk8s/platforms/distributions/index.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { networkOf, planText } from '../plans/fixtures.ts';

const hybridOn = (distribution: string) => {
  const text = planText('hybrid').replace('distribution: k3s', `distribution: ${distribution}`);
  return networkOf(distribution === 'talos' ? text.replaceAll('host: hyper-v', 'host: hyper-v\n    os: talos') : text);
};

interface DaemonSet {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
        readonly containers: readonly {
          readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
        }[];
      };
    };
  };
}

describe.each(Object.entries(distributions))('%s', (name, traits: DistributionTraits) => {
  const network = hybridOn(name);

  test("Calico's rules are of kube-proxy's kind, and the operator has nothing to correct", () => {
    const { linuxDataplane } = installationSpec(network).calicoNetwork ?? {};
    const { nftablesMode } = felixConfigurationSpec(network);
    // tigera/operator v1.42.3, setNftablesMode: Disabled for Iptables, Auto for Nftables.
    expect([linuxDataplane, nftablesMode]).toEqual(
      traits.kubeProxy === 'nftables' ? ['Nftables', 'Auto'] : ['Iptables', 'Disabled'],
    );
  });

  test("the agent sees pods' network namespaces where the runtime mounts them", () => {
    const objects = layerObjects(networkLayer, clusterValues(network)) as DaemonSet[];
    const agent = objects.find(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'flatlan-attachments');
    const { volumes = [], containers = [] } = agent?.spec.template.spec ?? {};
    expect(volumes.find((volume) => volume.name === 'netns')?.hostPath?.path).toBe(
      name === 'talos' ? '/var/run/netns' : '/run/netns',
    );
    expect(containers[0]?.volumeMounts.find((mount) => mount.name === 'netns')?.mountPath).toBe('/run/netns');
  });
});

test('Talos runs kube-proxy by nftables and the others by iptables', () => {
  expect(Object.entries(distributions).map(([name, { kubeProxy }]) => [name, kubeProxy])).toEqual([
    ['kubeadm', 'iptables'],
    ['k3s', 'iptables'],
    ['rke2', 'iptables'],
    ['talos', 'nftables'],
  ]);
});
