/** A plan without Calico: its layers have nothing of Calico, MetalLB or BGP, and its locks leave somebody else's alone. */
import { expect, test } from '@jest/globals';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { layersIn, network as networkLayer, prerequisites } from '../../cdk8s/helm/layers.ts';
import { keepCilium } from '../plans/existing.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { keyOf, type Manifest } from './manifests.ts';

const values = clusterValues(keepCilium);
const foreign = /tigera|projectcalico|metallb|calico/i;

test('no object of it is of Calico or MetalLB, nor names one', () => {
  for (const layer of layersIn(keepCilium)) {
    const objects = layerObjects(layer, values);
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) expect(JSON.stringify(object)).not.toMatch(foreign);
  }
  // The same of a plan with Calico, so that the pattern is one that finds.
  const routed = layerObjects(networkLayer, clusterValues(planNetwork('hybrid')));
  expect(routed.filter((object) => foreign.test(JSON.stringify(object))).length).toBeGreaterThan(5);
});

test('its network has the name of its cluster in a record', () => {
  const record = (layerObjects(networkLayer, values) as Manifest[]).find(({ kind }) => kind === 'ConfigMap');
  expect(record).toEqual({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'flatlan-cluster',
      namespace: 'flatlan-system',
      labels: { 'app.kubernetes.io/part-of': 'flatlan', 'flatlan/cluster': 'keep-cilium' },
    },
    data: { mode: 'existing' },
  });
});

test('its first layer is the CRD of attachments, the namespaces and the locks', () => {
  expect((layerObjects(prerequisites, values) as Manifest[]).map(keyOf)).toEqual([
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-prerequisites-lock',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-prerequisites-lock',
    'rbac.authorization.k8s.io/v1 Role flatlan-system/flatlan-prerequisites-keep',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy /flatlan-prerequisites-keep',
    'admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding /flatlan-prerequisites-keep',
    'apiextensions.k8s.io/v1 CustomResourceDefinition /network-attachment-definitions.k8s.cni.cncf.io',
    'v1 Namespace /smarthome',
  ]);
});

test('its values are its own: no tolerations of MetalLB, no spec of Calico', () => {
  expect(values.network).toEqual({ cluster: 'keep-cilium', mode: 'existing' });
  expect(values).not.toHaveProperty('metallb');
});
