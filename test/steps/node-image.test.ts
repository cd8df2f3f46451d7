/** The node image onto nodes: by the plan's distribution, or by a registry. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { network as networkLayer } from '../../cdk8s/helm/layers.ts';
import type { Distribution } from '../../cdk8s/plan/network/index.ts';
import { stepsText } from '../../cdk8s/steps/index.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { umbrellaValuesSchema } from '../../cdk8s/helm/umbrella-values.ts';
import { NODE_IMAGE } from '../../cdk8s/version.ts';
import { networkOf, planNetwork, planText } from '../plans/fixtures.ts';
import { section, stepsOf } from './plans.ts';

const hybrid = planText('hybrid');

function of(distribution: Distribution): string {
  const network = networkOf(hybrid);
  const content = stepsText({ ...network, kubernetes: { ...network.kubernetes, distribution } });
  return section(content, 'The node image');
}

describe('the node image', () => {
  test.each<[Distribution, string, string]>([
    ['k3s', 'cp node-0.1.0.oci.tar /var/lib/rancher/k3s/agent/images/', 'k3s ctr images list --quiet'],
    [
      'rke2',
      'cp node-0.1.0.oci.tar /var/lib/rancher/rke2/agent/images/',
      '/var/lib/rancher/rke2/bin/ctr --address /run/k3s/containerd/containerd.sock --namespace k8s.io images list --quiet',
    ],
    [
      'kubeadm',
      'ctr --namespace k8s.io images import node-0.1.0.oci.tar',
      'ctr --namespace k8s.io images list --quiet',
    ],
  ])('is imported on every node of %s', (distribution, command, see) => {
    const step = of(distribution);
    expect(step).toContain(`\n${command}\n`);
    expect(step).toContain(`${see} name==${NODE_IMAGE}`);
    expect(step).toContain('Or, instead of all that, push it to a registry');
  });

  test('goes by a registry on Talos, which imports none', () => {
    const step = of('talos');
    expect(step).toContain('Talos imports no archive');
    expect(step).not.toMatch(/images import|every node and there/);
    expect(step).toContain('go run . push --from ../../build/image --to <registry>/flatlan-node');
  });

  test('that was pushed is named in the values of its own, in words that the chart takes', () => {
    const step = section(stepsOf(hybrid), 'The node image');
    expect(step).toContain('`overlays/hybrid/values.yaml`');
    const [, nodeImage = ''] = /nodeImage: (\S+)/.exec(step) ?? [];
    const { global } = umbrellaValuesSchema.shape;
    const allowUninstall = false;
    expect(
      global.safeParse({ allowUninstall, nodeImage: nodeImage.replace('<registry>', 'nas.lan:5000') }).success,
    ).toBe(true);
  });

  test('is built before it is needed, and only where it is', () => {
    const steps = stepsOf(hybrid);
    expect(steps.indexOf('npm run image')).toBeGreaterThan(steps.indexOf('. k3s'));
    expect(steps.indexOf('npm run image')).toBeLessThan(steps.indexOf('helm install'));
    expect(stepsOf(planText('flat-bgp'))).not.toContain('npm run image');
  });

  test('is called in STEPS as the program that makes it calls it', () => {
    const source = readFileSync(join(import.meta.dirname, '../../cni/image/image.go'), 'utf8');
    const [, repository = ''] = /repository = "([^"]+)"/.exec(source) ?? [];
    expect(NODE_IMAGE).toBe(`${repository}:0.1.0`);
    expect(source).toContain('return path.Base(repository) + "-" + version + ".oci.tar"');
  });

  test('is fetched by a node only where it is not there', () => {
    const objects = layerObjects(networkLayer, clusterValues(planNetwork('hybrid')));
    const text = JSON.stringify(objects);
    expect(text).toContain(`"image":"${NODE_IMAGE}"`);
    expect(text).not.toMatch(/"imagePullPolicy":"Always"/);
    expect(networkOf(hybrid).attachments).not.toEqual([]);
  });
});
