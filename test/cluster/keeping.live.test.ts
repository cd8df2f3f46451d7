/**
 * A cluster that keeps its network (pods.mode existing), by both Helms: its two layers in their order, with nothing of Calico
 * or MetalLB; and the layers of another kind of plan are refused in one sentence, in either direction.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { apps, NAMESPACE, network, operators, prerequisites } from '../../cdk8s/helm/layers.ts';
import { keepCilium } from '../plans/existing.ts';
import type { KubernetesObject } from './clients.ts';
import { dryRunOn, refusedBy } from './dry-run.ts';
import { ok, planClusterValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, startNetwork } from './upstream.ts';

jest.setTimeout(240_000);

const values = clusterValues(keepCilium);
const routed = planClusterValues('flat-bgp');
const CRD = 'network-attachment-definitions.k8s.cni.cncf.io';

describeOnCluster(['helm3', 'helm4'], 'a cluster that keeps its network', () => {
  // Each test is the next step.
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const flags = (layer: typeof network | typeof operators | typeof prerequisites, of = values) =>
      umbrella.flags(layer, of);
    const kubectl = async (...args: string[]) => ok(await umbrella.cluster.kubectl(args));

    test('has no operators, and its network waits for the CRD of attachments', async () => {
      expect(refusal(await umbrella.install(operators, ...flags(operators)))).toBe(
        'these values are of a plan of mode existing, which has no operators: install flatlan-prerequisites with -f layers/prerequisites.yaml instead',
      );
      expect(refusal(await umbrella.install(network, ...flags(network)))).toBe(
        `the CRDs of the network are not installed yet (${CRD}): install flatlan-prerequisites with -f layers/prerequisites.yaml, which brings them`,
      );
    });

    test('has objects that the API server accepts, field by field', async () => {
      ok(await umbrella.install(prerequisites, ...flags(prerequisites)));
      await kubectl('wait', 'crd', CRD, '--for=condition=Established', '--timeout=30s');
      const dryRun = await dryRunOn(umbrella.cluster);
      // Those of the first layer are there.
      const objects = [network, apps].flatMap((layer) => layerObjects(layer, values)) as KubernetesObject[];
      expect(objects.length).toBeGreaterThan(20);
      expect(await refusedBy(dryRun, objects)).toEqual([]);
    });

    test('gets both layers, and no CRD but one', async () => {
      ok(await umbrella.install(network, ...flags(network)));
      ok(await umbrella.install(apps, ...umbrella.flags(apps, values)));
      const { stdout } = await kubectl('get', 'crd', '--output', 'name');
      expect(stdout.trim()).toBe(`customresourcedefinition.apiextensions.k8s.io/${CRD}`);
      const record = await umbrella.cluster.object('configmap', 'flatlan-cluster', NAMESPACE);
      expect(record?.metadata.labels).toMatchObject({ 'flatlan/cluster': 'keep-cilium' });
    });

    test('refuses a plan with Calico, the values of another cluster, and the loss of its own', async () => {
      expect(refusal(await umbrella.install(operators, ...flags(operators, routed)))).toBe(
        'pods of this cluster have their network by a flatlan plan of mode existing (cluster keep-cilium): a second network would take them; keep that mode, or start a new cluster (docs/existing-clusters.md)',
      );
      const bridged = { network: { cluster: 'keep-cilium', mode: 'bridged' as const } };
      expect(refusal(await umbrella.upgrade(network, ...flags(network, bridged)))).toBe(
        'pods of this cluster have their network by a flatlan plan of mode existing (cluster keep-cilium), and these values are of mode bridged: keep that mode, or start a new cluster (docs/existing-clusters.md)',
      );
      const renamed = { ...values, network: { ...values.network, cluster: 'other' } };
      expect(refusal(await umbrella.upgrade(network, ...flags(network, renamed)))).toMatch(
        /^these values are for cluster other, but this is cluster keep-cilium: /,
      );
      expect(refusal(await umbrella.upgrade(network, ...umbrella.layerFile(prerequisites)))).toMatch(
        /^release flatlan-network is the cluster's network and these values would remove it: /,
      );
      const both = { ...values, network: { ...routed.network, ...values.network } };
      expect(refusal(await umbrella.upgrade(network, ...flags(network, both)))).toMatch(
        /^network\.mode is existing, a plan without Calico, but there is network\./,
      );
    });

    test('keeps its releases until their removal is allowed', async () => {
      const refused = await umbrella.onRelease('uninstall', network);
      expect(refused.stderr).toContain('this release gives pods their network, so nothing was removed');
      ok(await umbrella.onRelease('rollback', network, '1'));
      for (const layer of [network, prerequisites]) {
        ok(await umbrella.upgrade(layer, '--reuse-values', '--set', 'global.allowUninstall=true'));
        ok(await umbrella.onRelease('uninstall', layer));
      }
      await kubectl('get', 'crd', CRD);
    });
  });

  describe("with flatlan's Calico", () => {
    let umbrella: Umbrella;

    beforeAll(async () => {
      umbrella = await startNetwork(4, routed);
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    test.each([prerequisites, network])('$name is refused', async (layer) => {
      const flags = umbrella.flags(layer, values);
      const result = layer === network ? umbrella.upgrade(layer, ...flags) : umbrella.install(layer, ...flags);
      expect(refusal(await result)).toBe(
        'the network of this cluster is the Calico of a flatlan plan of cluster flat-bgp, which a plan of mode existing does not have: keep mode routed, which has attachments too, or remove that network first (docs/existing-clusters.md)',
      );
    });
  });
});
