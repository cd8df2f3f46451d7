/** Accidents of a person with a repository, done to a real Flux: the network stays as it is, and what went wrong is said. */
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { fluxClusterFolder } from '../../cdk8s/paths.ts';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { valuesText } from '../../cdk8s/helm/cluster-values.ts';
import { atTheEnd } from '../cluster/endings.ts';
import { NotYet, waitFor } from '../cluster/http.ts';
import { nothing, Watch, type Objects } from '../cluster/objects.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { bringUp, network, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { emptyNamespace, finalizeNamespace } from './namespace-controller.ts';
import {
  condition,
  get,
  isReady,
  kindOf,
  reconcile,
  waitForFlux,
  waitUntilReady,
  type FluxObjectStatus,
} from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const OTHER = 'hybrid';
const plan = planNetwork(CLUSTER);
const other = planNetwork(OTHER);
const layers = ['flatlan-operators', 'flatlan-network'] as const;
/** Removed and made anew by one of these. */
const ours = new Set(['flatlan-flux-releases', 'flatlan-operators-keep', 'flatlan-network-lock']);
const values = `overlays/${CLUSTER}/generated/values.yaml`;
const otherCluster =
  `these values are for cluster ${OTHER}, but this is cluster ${CLUSTER}: use ` +
  `overlays/${CLUSTER}/generated/values.yaml, or another kube context`;

describeOnCluster(fluxTools, 'an accident', () => {
  const ending = atTheEnd();
  let all: FluxHouse;
  let watch: Watch;
  let first: unknown;
  let clean = true;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    ending(() => all.stop());
    all.house.synth(plan, other);
    await bringUp(all);
    watch = await Watch.begin(() => network(all.cluster));
    first = carried(watch.last);
  });

  // Each begins where nothing has happened: Git as the plan has it, every layer ready with it, and the network the first one.
  beforeEach(async () => {
    if (!clean) await back();
    clean = false;
    await watch.since();
    expect(carried(watch.last)).toEqual(first);
  });

  const kubectl = async (...args: string[]) => await all.cluster.kubectl(args);

  /** What is not Flux's own: made when, and how often changed. */
  function carried(objects: Objects): unknown[] {
    return [...objects.values()]
      .filter(({ metadata }) => metadata.namespace !== FLUX && metadata.name !== FLUX && !ours.has(metadata.name))
      .map(({ kind, metadata }) => [kind, metadata.name, metadata.uid, metadata.generation]);
  }

  /** The release's upgrade has failed with this. */
  async function refuses(layer: string, sentence: string): Promise<void> {
    await waitForFlux(all.cluster, 'helmrelease', layer, 'refuses', (object) =>
      Boolean(condition(object, 'Released')?.message.includes(sentence)),
    );
  }

  /**
   * Delivers what was written, and points flux-system at another folder, or at the same. The folder that it had holds its
   * own path (gotk-sync.yaml): an apply of the new commit that is under way would put that back.
   */
  async function bootstrap(message: string, sync: string): Promise<string> {
    const commit = await all.deliver(message);
    await waitUntilReady(all.cluster, 'kustomization', FLUX, commit);
    ok(await all.cluster.kubectl(['apply', '--filename=-'], sync));
    const { spec } = await waitUntilReady(all.cluster, 'kustomization', FLUX, commit);
    expect(sync).toContain(`path: ${(spec as { path: string }).path}\n`);
    return commit;
  }

  /** The way out that docs/flux.md names: Git as it was, and the right folder bootstrapped. */
  async function back(): Promise<void> {
    all.house.synth(plan, other);
    const commit = await bootstrap('As it was', all.house.bootstrap);
    // A layer may still wait for what was refused, up to its timeout of 5 minutes, and looks at nothing else meanwhile.
    await all.flux.restart('kustomize-controller');
    for (const layer of layers) await waitUntilReady(all.cluster, 'kustomization', layer, commit);
    for (const layer of layers) await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
    clean = true;
  }

  test("another cluster's values are committed: refused, and said", async () => {
    all.house.write(values, valuesText(other));
    await all.deliver('The values of the other house');
    // The network waits for the operators.
    await refuses(
      'flatlan-operators',
      `release flatlan-operators is for cluster ${CLUSTER}, but its values are for ${OTHER}`,
    );
    expect(await watch.since()).toEqual(nothing);
  });

  test("another cluster's folder is bootstrapped: refused, and said", async () => {
    const wrong = all.house.bootstrap.replaceAll(fluxClusterFolder(CLUSTER), fluxClusterFolder(OTHER));
    all.house.write(`${fluxClusterFolder(OTHER)}/flux-system/gotk-sync.yaml`, wrong);
    await bootstrap('The other house', wrong);
    await refuses('flatlan-operators', otherCluster);
    // It waits for the operators; the password of the other house does so too.
    await waitForFlux(all.cluster, 'kustomization', 'flatlan-bgp-password', 'waits', (object) =>
      Boolean(condition(object, 'Ready')?.message.includes('flatlan-operators')),
    );
    expect(await get(all.cluster, 'kustomization', 'flatlan-apps')).toBeDefined();
    expect(await watch.since()).toEqual(nothing);
    await back();
    await waitFor("the other house's applications are forgotten", 30_000, async () => {
      const apps = await get(all.cluster, 'kustomization', 'flatlan-apps');
      return apps === undefined ? true : new NotYet(JSON.stringify(apps.status));
    });
    expect(await watch.since()).toEqual(nothing);
  });

  test("the network's HelmRelease gets another name: the second one is refused, and said", async () => {
    const file = `flux/layers/${CLUSTER}/network/release.yaml`;
    all.house.edit(file, '\n  name: flatlan-network\n', '\n  name: my-network\n');
    await all.deliver('Another name for the HelmRelease');
    await waitForFlux(all.cluster, 'kustomization', 'flatlan-network', 'says that it may not', (object) =>
      Boolean(
        condition(object, 'Ready')?.message.includes("with the release's name, in flux-system: with a second one"),
      ),
    );
    expect(await get(all.cluster, 'helmrelease', 'my-network')).toBeUndefined();
  });

  test('values that are no YAML: only the chart says so, as docs/flux.md tells', async () => {
    const before = (await get(all.cluster, 'helmrelease', 'flatlan-network'))?.status?.history?.[0];
    all.house.edit(values, 'network:\n', 'network: [\n');
    await all.deliver('A mistake');
    const chart = await waitFor('a chart that is not ready', 60_000, async () => {
      const object = await all.cluster.object('helmcharts.source.toolkit.fluxcd.io', `${FLUX}-flatlan-network`, FLUX);
      const { conditions = [] } = (object?.status ?? {}) as FluxObjectStatus;
      const ready = conditions.find(({ type }) => type === 'Ready');
      return ready?.status === 'False' ? ready.message : new NotYet(JSON.stringify(object?.status));
    });
    expect(chart).toContain('values.yaml');
    const release = await get(all.cluster, 'helmrelease', 'flatlan-network');
    expect(release && isReady(release)).toBe(true);
    expect(release?.status?.history?.[0]).toEqual(before);
    expect(await watch.since()).toEqual(nothing);
  });

  test('what protects the network is deleted: it comes back as often as Flux looks', async () => {
    for (const kind of ['validatingadmissionpolicy', 'validatingadmissionpolicybinding'])
      ok(await kubectl('delete', kind, ...ours));
    ok(await kubectl('delete', 'role', 'flatlan-operators-keep', '--namespace=flatlan-system'));
    const { removed } = await watch.since();
    expect(removed).toHaveLength(2 * ours.size + 1);
    await reconcile(all.cluster, 'kustomization', 'flatlan-operators');
    for (const layer of layers) await reconcile(all.cluster, 'helmrelease', layer);
    expect(await watch.since()).toEqual({ ...nothing, created: removed });
    for (const layer of layers)
      expect((await get(all.cluster, 'kustomization', layer))?.spec).toMatchObject({ interval: '10m' });
  });

  test("the releases' namespace is deleted: refused", async () => {
    await waitFor('the locks are back', 15_000, async () => {
      const { code, stderr } = await kubectl(
        'delete',
        'namespace',
        'flatlan-system',
        '--wait=false',
        '--dry-run=server',
      );
      return code === 0
        ? new NotYet('it is let through')
        : stderr.includes('so this namespace is kept') || new NotYet(stderr);
    });
    expect((await kubectl('delete', 'namespace', 'flatlan-system', '--wait=false')).code).toBe(1);
    expect(await watch.since()).toEqual(nothing);
  });

  test("Flux's namespace is deleted: the network stays, and Flux finds it as it was", async () => {
    const outside = async () =>
      [...(await network(all.cluster))]
        .filter(([, { metadata }]) => metadata.namespace !== FLUX && metadata.name !== FLUX)
        .map(([key, { metadata }]) => [key, metadata.uid, metadata.generation]);
    const before = await outside();
    ok(await kubectl('delete', 'namespace', FLUX, '--wait=false'));
    const releases = layers.map((name) => `${kindOf('helmrelease')} ${name}`).sort();
    // Charts of the releases stay with them: helm-controller holds them.
    await waitFor('only the releases are left', 60_000, async () => {
      const left = await emptyNamespace(all.cluster, FLUX);
      const others = left.filter((key) => !releases.includes(key) && !key.startsWith('helmcharts.'));
      return others.length === 0 ? true : new NotYet(left.join(', '));
    });
    for (const layer of layers)
      expect((await get(all.cluster, 'helmrelease', layer))?.metadata.deletionTimestamp).toBeUndefined();
    expect(await outside()).toEqual(before);

    const suspend = ['--type=merge', '--patch={"spec":{"suspend":true}}'];
    for (const layer of layers)
      ok(await kubectl('patch', kindOf('helmrelease'), layer, `--namespace=${FLUX}`, ...suspend));
    await waitFor('the namespace is empty', 60_000, async () => {
      const left = await emptyNamespace(all.cluster, FLUX);
      return left.length === 0 ? true : new NotYet(left.join(', '));
    });
    await finalizeNamespace(all.cluster, FLUX);
    expect(await outside()).toEqual(before);

    ok(await kubectl('create', 'namespace', FLUX));
    all.house.write('README.md', 'The house of a person.\n');
    const commit = await all.house.push('Flux again');
    ok(await all.cluster.kubectl(['apply', '--filename=-'], all.house.bootstrap));
    for (const layer of layers) await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
    expect(await outside()).toEqual(before);
  });
});
