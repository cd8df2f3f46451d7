/**
 * A cluster without a CNI starts with the two Helm commands of the chart's README; Flux comes later and takes the releases
 * over as they are. Nothing is made anew: every object keeps its uid.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { Objects } from '../cluster/objects.ts';
import { ok, planClusterValues, type Umbrella } from '../cluster/umbrella.ts';
import { describeOnCluster, startNetwork } from '../cluster/upstream.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { addFlux, network, networkWorks, type HouseWithFlux } from './flux-house.ts';
import { waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const layers = ['flatlan-operators', 'flatlan-network'] as const;

describeOnCluster([...fluxTools, 'helm3', 'helm4'], 'a network that Helm installed', () => {
  describe.each([3, 4] as const)('Helm %i', (version) => {
    let umbrella: Umbrella;
    let all: HouseWithFlux;
    let before: Objects;

    beforeAll(async () => {
      umbrella = await startNetwork(version, planClusterValues(CLUSTER));
      await networkWorks(umbrella.cluster);
      all = await addFlux(umbrella.cluster, CLUSTER);
      before = await network(umbrella.cluster);
    });

    afterAll(async () => {
      await all.stop();
      await umbrella.cluster.stop();
    });

    test('becomes ready under Flux', async () => {
      all.house.synth(planNetwork(CLUSTER));
      const commit = await all.house.push('The plan of the house');
      ok(await all.cluster.kubectl(['apply', '--filename=-'], all.house.bootstrap));
      for (const layer of layers) {
        await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
        await waitUntilReady(all.cluster, 'kustomization', layer, commit);
      }
    });

    test('with every object as it was', async () => {
      const after = await network(all.cluster);
      const identity = (objects: Objects) =>
        [...before.keys()].map((key) => {
          const object = objects.get(key);
          return [key, object?.metadata.uid, object?.metadata.generation, object?.spec];
        });
      expect(identity(after)).toEqual(identity(before));
      // Flux's own refusal is all that came.
      expect([...after.keys()].filter((key) => !before.has(key)).sort()).toEqual([
        'validatingadmissionpolicies.admissionregistration.k8s.io flatlan-flux-releases',
        'validatingadmissionpolicybindings.admissionregistration.k8s.io flatlan-flux-releases',
      ]);
      const [peer, installation] = [
        'bgppeers.projectcalico.org edgerouter',
        'installations.operator.tigera.io default',
      ];
      for (const key of [peer, installation]) expect(before.has(key)).toBe(true);
    });

    test('as the next revision of the same releases', async () => {
      const { stdout } = ok(await all.cluster.helm(version, ['list', '--namespace', NAMESPACE, '--output', 'json']));
      const releases = JSON.parse(stdout) as { name: string; status: string; revision: string }[];
      expect(releases.map(({ name, status, revision }) => `${name} ${status} ${revision}`).sort()).toEqual([
        'flatlan-network deployed 2',
        'flatlan-operators deployed 2',
      ]);
      // And no others anywhere.
      const everywhere = ok(await all.cluster.helm(version, ['list', '--all-namespaces', '--short'])).stdout;
      expect(everywhere.trim().split('\n').sort()).toEqual(['flatlan-network', 'flatlan-operators']);
    });
  });
});
