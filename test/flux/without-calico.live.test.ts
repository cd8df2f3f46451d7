/**
 * Plans without Calico by Flux, on a cluster without any kind of the operators': first the prerequisites, then the network once
 * their kind is there, then applications once the network's DaemonSets run.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { layersIn, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { keepCilium } from '../plans/existing.ts';
import { anyNetworkOf, planText } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { startFluxHouse, type FluxHouse } from './flux-house.ts';
import { claimIsBound, daemonSetRuns, deploymentRuns } from './operator.ts';
import { condition, get, waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

interface Case {
  readonly plan: Network;
  /** Of the network's layer. */
  readonly daemonSets: readonly string[];
}

const cases: readonly Case[] = [
  { plan: anyNetworkOf(planText('dumb-l2')), daemonSets: ['flatlan-bridge'] },
  { plan: keepCilium, daemonSets: ['flatlan-multus', 'flatlan-attachments'] },
];

describeOnCluster(fluxTools, 'plans without Calico under Flux', () => {
  // Each test is the next step.
  describe.each(cases.map((one) => [one.plan.cluster, one] as const))('%s', (name, { plan, daemonSets }) => {
    let all: FluxHouse;
    let commit: string;

    beforeAll(async () => {
      all = await startFluxHouse(name);
      all.house.synth(plan);
      commit = await all.house.push('The plan of the house');
      ok(await all.cluster.kubectl(['apply', '--filename=-'], all.house.bootstrap));
      await waitUntilReady(all.cluster, 'kustomization', FLUX, commit);
    });

    afterAll(async () => {
      await all.stop();
    });

    test('the prerequisites, then the network, which is not ready before its DaemonSets are', async () => {
      const { cluster } = all;
      await waitUntilReady(cluster, 'kustomization', 'flatlan-prerequisites', commit);
      await waitUntilReady(cluster, 'helmrelease', 'flatlan-network', commit);
      for (const one of daemonSets) await daemonSetRuns(cluster, NAMESPACE, one, 0);
      for (const one of daemonSets) await all.gateHasRead('daemonsets', one);
      expect(condition(await get(cluster, 'kustomization', 'flatlan-network'), 'Ready')?.status).not.toBe('True');
      for (const one of daemonSets) await daemonSetRuns(cluster, NAMESPACE, one);
      await waitUntilReady(cluster, 'kustomization', 'flatlan-network', commit);
    });

    test('then what the plan has of applications', async () => {
      const app = plan.apps.homeAssistant;
      if (!app) {
        expect(await get(all.cluster, 'kustomization', 'flatlan-apps')).toBeUndefined();
        return;
      }
      await waitFor('the Deployment is there', 120_000, async () => {
        return (
          (await all.cluster.object('deployment', 'home-assistant', app.namespace)) ?? new NotYet('it is not there')
        );
      });
      await claimIsBound(all.cluster, app.namespace, 'home-assistant');
      await deploymentRuns(all.cluster, app.namespace, 'home-assistant');
      await waitUntilReady(all.cluster, 'kustomization', 'flatlan-apps', commit);
    });

    test('nothing of Calico, MetalLB or BGP is there, and its releases are those of the plan', async () => {
      const { stdout } = ok(await all.cluster.kubectl(['get', 'crd', '--output=name']));
      expect(stdout).not.toMatch(/tigera|projectcalico|metallb/);
      const releases = ok(await all.cluster.kubectl(['get', 'helmreleases', `--namespace=${FLUX}`, '--output=name']));
      expect(releases.stdout.trim().split('\n').sort()).toEqual(
        layersIn(plan)
          .map(({ release }) => `helmrelease.helm.toolkit.fluxcd.io/${release}`)
          .sort(),
      );
    });
  });
});
