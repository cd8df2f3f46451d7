/** The node's half of every attachment: how it reaches what the runtime mounts. */
import { expect, test } from '@jest/globals';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { network } from '../../cdk8s/helm/layers.ts';
import type { Manifest } from '../helm/manifests.ts';
import { planNetwork } from '../plans/fixtures.ts';

test('the agent sees network namespaces that are mounted after it has started', () => {
  const objects = layerObjects(network, clusterValues(planNetwork('hybrid'))) as Manifest[];
  const agent = objects.find(({ kind, metadata }) => kind === 'DaemonSet' && metadata.name === 'flatlan-attachments');
  const mount = { name: 'netns', mountPath: '/run/netns', mountPropagation: 'HostToContainer' };
  expect(agent?.spec).toMatchObject({
    template: { spec: { containers: [{ volumeMounts: expect.arrayContaining([mount]) }] } },
  });
});
