/** Hybrid by Flux: applications wait until every node can give a pod its interface on the LAN, and go with the plan. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { Watch } from '../cluster/objects.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster, operatorHasRun } from '../cluster/upstream.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { network, networkWorks, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { claimIsBound, daemonSetRuns, deploymentRuns } from './operator.ts';
import { condition, get, waitForFlux, waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'hybrid';
const APPS = 'smarthome';
const plan = planNetwork(CLUSTER);

// Each test is the next step.
describeOnCluster(fluxTools, 'hybrid under Flux', () => {
  let all: FluxHouse;
  let commit: string;
  let watch: Watch;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    await operatorHasRun(all.cluster);
    all.house.synth(plan);
    commit = await all.house.push('The plan of the house');
    ok(await all.cluster.kubectl(['apply', '--filename=-'], all.house.bootstrap));
    await waitUntilReady(all.cluster, 'helmrelease', 'flatlan-operators', commit);
    await networkWorks(all.cluster);
    await waitUntilReady(all.cluster, 'helmrelease', 'flatlan-network', commit);
  });

  afterAll(async () => {
    await all.stop();
  });

  test('applications wait for Multus and for attachments on every node', async () => {
    const healthy = async () =>
      condition(await get(all.cluster, 'kustomization', 'flatlan-network'), 'Healthy')?.status;
    await daemonSetRuns(all.cluster, NAMESPACE, 'flatlan-multus');
    await daemonSetRuns(all.cluster, NAMESPACE, 'flatlan-attachments', 0);
    await all.gateHasRead('daemonsets', 'flatlan-attachments');
    expect(await healthy()).toBe('Unknown');
    expect(await get(all.cluster, 'helmrelease', 'flatlan-apps')).toBeUndefined();
    await daemonSetRuns(all.cluster, NAMESPACE, 'flatlan-attachments');
    await waitUntilReady(all.cluster, 'kustomization', 'flatlan-network', commit);
  });

  test('then Home Assistant is installed, and its layer is ready once it runs', async () => {
    const deployment = await waitFor('the Deployment is there', 120_000, async () => {
      return (await all.cluster.object('deployment', 'home-assistant', APPS)) ?? new NotYet('it is not there');
    });
    expect(deployment.spec).toMatchObject({
      template: { metadata: { annotations: { 'k8s.v1.cni.cncf.io/networks': 'default/layer2-bridge' } } },
    });
    expect(condition(await get(all.cluster, 'helmrelease', 'flatlan-apps'), 'Ready')?.status).toBe('Unknown');
    await claimIsBound(all.cluster, APPS, 'home-assistant');
    await deploymentRuns(all.cluster, APPS, 'home-assistant');
    await waitUntilReady(all.cluster, 'helmrelease', 'flatlan-apps', commit);
    await waitUntilReady(all.cluster, 'kustomization', 'flatlan-apps', commit);
    watch = await Watch.begin(() => network(all.cluster));
  });

  test('a plan without it takes it away, with neither its data nor the network', async () => {
    all.house.synth({ ...plan, apps: { homeAssistant: undefined } });
    const next = await all.deliver('Without Home Assistant');
    await waitUntilReady(all.cluster, 'kustomization', FLUX, next);
    for (const kind of ['kustomization', 'helmrelease'] as const)
      await waitFor(`${kind} flatlan-apps goes`, 120_000, async () => {
        const object = await get(all.cluster, kind, 'flatlan-apps');
        return object === undefined ? true : new NotYet(JSON.stringify(object.status));
      });
    for (const layer of ['flatlan-operators', 'flatlan-network'])
      await waitForFlux(all.cluster, 'helmrelease', layer, 'follows', (object) => {
        return Boolean(object.status?.history?.[0]?.chartVersion.includes(next.slice(0, 12)));
      });
    const { created, removed } = await watch.since();
    expect(created).toEqual([]);
    expect(removed).toEqual([`deployments.apps ${APPS}/home-assistant`, `services ${APPS}/home-assistant`]);
  });
});
