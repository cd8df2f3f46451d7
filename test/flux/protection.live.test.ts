/** Whatever happens to the manifests, in Git or in the cluster: the network stays, and nothing of it is made anew. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { nothing, Watch } from '../cluster/objects.ts';
import { servedKinds } from '../cluster/discovery.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { bringUp, network, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { condition, get, kindOf, reconcile, waitForFlux, waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const plan = planNetwork(CLUSTER);
const binding = 'validatingadmissionpolicybindings.admissionregistration.k8s.io flatlan-flux-releases';
const layers = ['flatlan-operators', 'flatlan-network'] as const;

const refused =
  "deleting this HelmRelease would uninstall the cluster's network: suspend it first (flux suspend " +
  'helmrelease); then its release is kept and you can manage it with Helm';

// Each test is the next step.
describeOnCluster([...fluxTools, 'helm4'], 'the network under Flux', () => {
  let all: FluxHouse;
  let watch: Watch;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    all.house.synth(plan);
    await bringUp(all);
    watch = await Watch.begin(() => network(all.cluster));
    expect(watch.last.has('installations.operator.tigera.io default')).toBe(true);
  });

  afterAll(async () => {
    await all.stop();
  });

  const remove = async (kind: 'kustomization' | 'helmrelease', ...args: string[]) =>
    await all.cluster.kubectl(['delete', kindOf(kind), `--namespace=${FLUX}`, ...args]);

  const suspend = async () =>
    await all.cluster.kubectl([
      ...['patch', kindOf('helmrelease'), 'flatlan-network', `--namespace=${FLUX}`],
      ...['--type=merge', '--patch={"spec":{"suspend":true}}'],
    ]);

  async function uids(): Promise<[string, unknown][]> {
    return [...(await network(all.cluster))].map(([key, { metadata }]) => [key, metadata.uid]);
  }

  test("a layer's Kustomization that is gone from Git stays in the cluster", async () => {
    for (const layer of ['operators', 'network', 'bgp-password'])
      all.house.remove(`flux/clusters/${CLUSTER}/flatlan/${layer}.yaml`);
    const commit = await all.deliver('Without the layers');
    await waitUntilReady(all.cluster, 'kustomization', FLUX, commit);
    for (const layer of layers) expect(await get(all.cluster, 'kustomization', layer)).toBeDefined();
    expect(await watch.since()).toEqual(nothing);
  });

  test("what is gone from a layer's folder stays in the cluster", async () => {
    all.house.remove(`flux/layers/${CLUSTER}/operators/release.yaml`);
    all.house.remove(`flux/layers/${CLUSTER}/operators/protection.yaml`);
    all.house.remove(`flux/layers/${CLUSTER}/network/release.yaml`);
    all.house.write(
      `flux/layers/${CLUSTER}/network/other.yaml`,
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: ${FLUX}}\n`,
    );
    const commit = await all.deliver('Without the releases');
    for (const layer of layers) {
      await waitUntilReady(all.cluster, 'kustomization', layer, commit);
      expect(await get(all.cluster, 'helmrelease', layer)).toBeDefined();
    }
    expect(await watch.since()).toEqual({ ...nothing, created: [`configmaps ${FLUX}/other`] });
    all.house.remove(`flux/layers/${CLUSTER}/network/other.yaml`);
  });

  test('Kustomizations that somebody deletes leave everything, and come back from Git', async () => {
    ok(await remove('kustomization', ...layers));
    for (const layer of layers) {
      expect(await get(all.cluster, 'kustomization', layer)).toBeUndefined();
      expect(await get(all.cluster, 'helmrelease', layer)).toBeDefined();
    }
    expect(await watch.since()).toEqual(nothing);
    all.house.synth(plan);
    const commit = await all.deliver('The layers as they were');
    for (const layer of layers) await waitUntilReady(all.cluster, 'kustomization', layer, commit);
    for (const layer of layers) await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
    expect(await watch.since()).toEqual(nothing);
  });

  test.each([['flatlan-network'], ['flatlan-operators'], ['--all']])(
    'deleting the HelmRelease is refused: %s',
    async (which) => {
      const { code, stderr } = await remove('helmrelease', which);
      expect(code).toBe(1);
      expect(stderr).toContain(`ValidatingAdmissionPolicy 'flatlan-flux-releases'`);
      expect(stderr).toContain(refused);
      for (const layer of layers)
        expect((await get(all.cluster, 'helmrelease', layer))?.metadata.deletionTimestamp).toBeUndefined();
      expect(await watch.since()).toEqual(nothing);
    },
  );

  test('another name for the release is refused, and Flux says so', async () => {
    all.house.edit(
      `flux/layers/${CLUSTER}/network/release.yaml`,
      'releaseName: flatlan-network',
      'releaseName: my-network',
    );
    await all.deliver('Another name');
    await waitForFlux(all.cluster, 'kustomization', 'flatlan-network', 'says that it may not', (object) =>
      Boolean(condition(object, 'Ready')?.message.includes('storageNamespace of this HelmRelease cannot change')),
    );
    all.house.synth(plan);
    await waitUntilReady(all.cluster, 'kustomization', 'flatlan-network', await all.deliver('The name as it was'));
    expect(await watch.since()).toEqual(nothing);
  });

  test('a suspended HelmRelease may go; its release stays, and Flux takes it up again', async () => {
    const earlier = await uids();
    ok(await suspend());
    ok(await remove('helmrelease', 'flatlan-network'));
    expect(await get(all.cluster, 'helmrelease', 'flatlan-network')).toBeUndefined();
    expect(await watch.since()).toEqual(nothing);
    const { stdout } = ok(await all.cluster.helm(4, ['list', '--namespace', NAMESPACE, '--output', 'json']));
    const releases = JSON.parse(stdout) as { name: string; status: string }[];
    expect(releases).toContainEqual(expect.objectContaining({ name: 'flatlan-network', status: 'deployed' }));
    await reconcile(all.cluster, 'kustomization', 'flatlan-network');
    await waitForFlux(all.cluster, 'helmrelease', 'flatlan-network', 'is ready', (object) => {
      return condition(object, 'Ready')?.status === 'True';
    });
    expect(await uids()).toEqual(earlier);
    await watch.since();
  });

  test("without the refusal the chart's own lock holds", async () => {
    const policy = 'validatingadmissionpolicybinding/flatlan-flux-releases';
    ok(await all.cluster.kubectl(['delete', policy]));
    await waitFor('the policy is forgotten', 30_000, async () => {
      const { code, stderr } = await remove('helmrelease', 'flatlan-network', '--wait=false', '--dry-run=server');
      return code === 0 ? true : new NotYet(stderr);
    });
    ok(await remove('helmrelease', 'flatlan-network', '--wait=false'));
    const stuck = await waitForFlux(all.cluster, 'helmrelease', 'flatlan-network', 'says why', (object) => {
      return condition(object, 'Ready')?.reason === 'UninstallFailed';
    });
    expect(condition(stuck, 'Ready')?.message).toContain(
      "this release is the cluster's network, so nothing was removed",
    );
    expect(await watch.since()).toEqual({ ...nothing, removed: [binding] });
  });

  test('and there is a way back from there', async () => {
    const earlier = await uids();
    ok(await suspend());
    await waitFor('the HelmRelease is gone', 60_000, async () => {
      const object = await get(all.cluster, 'helmrelease', 'flatlan-network');
      return object === undefined ? true : new NotYet(JSON.stringify(object.status));
    });
    // Flux has written these fields last, and Helm 4 would rather fail than take them.
    ok(await all.cluster.helm(4, ['rollback', 'flatlan-network', '--namespace', NAMESPACE, '--force-conflicts']));
    for (const layer of layers) await reconcile(all.cluster, 'kustomization', layer);
    await waitForFlux(all.cluster, 'helmrelease', 'flatlan-network', 'is ready', (object) => {
      return condition(object, 'Ready')?.status === 'True';
    });
    expect((await uids()).filter(([key]) => key !== binding)).toEqual(earlier);
    expect((await watch.since()).created).toEqual([binding]);
  });

  test('Helm can take a release over from a HelmRelease that is suspended', async () => {
    const earlier = await uids();
    ok(await suspend());
    const args = ['upgrade', 'flatlan-network', all.house.path('charts/flatlan'), '--namespace', NAMESPACE];
    ok(await all.cluster.helm(4, [...args, '--reuse-values', '--force-conflicts']));
    expect(await uids()).toEqual(earlier);
    await watch.since();
  });

  test('Flux itself may go: its kinds and all their objects, not the network', async () => {
    // The steps of `flux uninstall` (fluxcd/flux2 v2.9.4, pkg/uninstall): controllers, finalizers, kinds.
    await all.flux.stop();
    for (const kind of ['helmrelease', 'kustomization', 'gitrepository'] as const) {
      const { stdout } = ok(await all.cluster.kubectl(['get', kindOf(kind), '--namespace', FLUX, '--output=name']));
      for (const name of stdout.split('\n').filter(Boolean)) {
        const patch = ['--type=merge', '--patch={"metadata":{"finalizers":null}}'];
        ok(await all.cluster.kubectl(['patch', name, '--namespace', FLUX, ...patch]));
      }
    }
    const kinds = (['helmrelease', 'kustomization', 'gitrepository'] as const).map(kindOf);
    ok(await all.cluster.kubectl(['delete', 'crd', ...kinds]));
    expect((await servedKinds(all.cluster)).filter(({ name }) => kinds.includes(name))).toEqual([]);
    expect(await watch.since()).toEqual(nothing);
  });
});
