/**
 * Flux for real on a cluster that has nothing yet: three controllers, a Git repository over HTTP, a real API server. The
 * operator, Calico and Kubernetes' controllers are played by the test (operator.ts), upstream's charts by stand-ins
 * (test/helm/stand-ins.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { ok, planValues } from '../cluster/umbrella.ts';
import { describeOnCluster, operatorHasRun } from '../cluster/upstream.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { startFluxHouse, type FluxHouse } from './flux-house.ts';
import { bgpPassword, calicoNode, daemonSetRuns, deploymentRuns, namespace, tigeraStatus } from './operator.ts';
import { condition, get, waitForFlux, waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const plan = planNetwork(CLUSTER);
const values = planValues(CLUSTER);

// Each test is the next step.
describeOnCluster(fluxTools, 'Flux on a fresh cluster', () => {
  let all: FluxHouse;
  let commit: string;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
  });

  afterAll(async () => {
    await all.stop();
  });

  /** How often a layer has found its dependency not ready. */
  const lookedAgain = (layer: string) =>
    all.flux
      .log('kustomize-controller')
      .split('\n')
      .filter((line) => line.includes('Dependencies do not meet ready condition') && line.includes(`"name":"${layer}"`))
      .length;

  /** The layer has looked again several times since what was done before, and still waits. */
  async function stillWaits(layer: string): Promise<void> {
    const before = lookedAgain(layer);
    await waitFor(`${layer} looks again`, 60_000, async () =>
      Promise.resolve(lookedAgain(layer) >= before + 8 || new NotYet(`${lookedAgain(layer) - before} times`)),
    );
    expect(condition(await get(all.cluster, 'kustomization', layer), 'Ready')?.status).toBe('False');
  }

  test('a push is all that it takes: the operators install', async () => {
    const { cluster, house } = all;
    house.synth(plan);
    commit = await house.push('The plan of the house');
    ok(await cluster.kubectl(['apply', '--filename=-'], house.bootstrap));
    await waitUntilReady(cluster, 'kustomization', FLUX, commit);
    await waitUntilReady(cluster, 'helmrelease', 'flatlan-operators', commit);
    expect(await cluster.object('namespace', NAMESPACE)).toMatchObject({
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    });
  });

  test('the network waits for the operator: for its pods, then for its kinds', async () => {
    const { cluster } = all;
    await stillWaits('flatlan-network');
    expect(condition(await get(cluster, 'kustomization', 'flatlan-network'), 'Ready')?.message).toBe(
      "dependency 'flux-system/flatlan-operators' is not ready",
    );
    await deploymentRuns(cluster, NAMESPACE, 'tigera-operator');
    await stillWaits('flatlan-network');
    expect(await get(cluster, 'helmrelease', 'flatlan-network')).toBeUndefined();
    await operatorHasRun(cluster);
    await waitUntilReady(cluster, 'kustomization', 'flatlan-operators', commit);
  });

  test('then the network installs', async () => {
    const { cluster } = all;
    await waitUntilReady(cluster, 'helmrelease', 'flatlan-network', commit);
    const installation = await cluster.object('installations.operator.tigera.io', 'default');
    expect(installation?.spec).toEqual(values.installation);
    expect((await cluster.object('bgppeers.projectcalico.org', 'edgerouter'))?.spec).toEqual(
      values.bgpPeers?.edgerouter,
    );
  });

  test('the password is a step of its own, which waits for the Secret and for the right key in it', async () => {
    const { cluster } = all;
    await waitForFlux(cluster, 'kustomization', 'flatlan-bgp-password', 'waits', (object) =>
      Boolean(condition(object, 'Healthy')?.message.startsWith('Running health checks')),
    );
    await namespace(cluster, 'calico-system');
    await bgpPassword(cluster, 'pass');
    await all.gateHasRead('secrets', 'flatlan-bgp-password');
    expect(condition(await get(cluster, 'kustomization', 'flatlan-bgp-password'), 'Ready')?.status).toBe('Unknown');
    await bgpPassword(cluster, 'password');
    await waitUntilReady(cluster, 'kustomization', 'flatlan-bgp-password', commit);
  });

  test('the network counts as working once Calico is available on every node', async () => {
    const { cluster } = all;
    const healthy = async () => condition(await get(cluster, 'kustomization', 'flatlan-network'), 'Healthy')?.status;
    await deploymentRuns(cluster, NAMESPACE, 'metallb-controller');
    await calicoNode(cluster);
    await daemonSetRuns(cluster, 'calico-system', 'calico-node', 0);
    await tigeraStatus(cluster, 'calico');
    await tigeraStatus(cluster, 'ippools', { Available: true, Degraded: false });
    await all.gateHasRead('tigerastatuses', 'calico');
    expect(await healthy()).toBe('Unknown');
    await daemonSetRuns(cluster, 'calico-system', 'calico-node');
    await tigeraStatus(cluster, 'calico', { Available: true, Degraded: true });
    await all.gateHasRead('tigerastatuses', 'calico');
    expect(await healthy()).toBe('Unknown');
    await daemonSetRuns(cluster, 'calico-system', 'calico-node', 0);
    // What it has seen in one round counts together.
    await all.gateHasRead('daemonsets', 'calico-node');
    await tigeraStatus(cluster, 'calico', { Available: true, Degraded: false });
    await all.gateHasRead('daemonsets', 'calico-node');
    expect(await healthy()).toBe('Unknown');
    await daemonSetRuns(cluster, 'calico-system', 'calico-node');
    await waitUntilReady(cluster, 'kustomization', 'flatlan-network', commit);
  });
});
