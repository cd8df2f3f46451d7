/**
 * Mistakes that would take the network away, by both Helms: each is refused in one sentence and nothing is touched. The
 * operator's part (its kinds) is played by the test.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import { installations, NO_LAYER } from '../helm/helm.ts';
import { NotYet, waitFor } from './http.ts';
import { allObjects, nothing, Watch, withoutReleases } from './objects.ts';
import { ok, planValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';
import { startVersionProxy } from './version-proxy.ts';

jest.setTimeout(120_000);

const values = planValues('flat-bgp');

const sentences = {
  twoLayers:
    'operators and network are separate releases, because the CRDs of one come from another: install ' + installations,
  noLayer: NO_LAYER,
  losesNetwork:
    "release flatlan-network is the cluster's network and these values would remove it: " +
    'add -f layers/network.yaml -f overlays/<cluster>/generated/values.yaml, or drop --reset-values',
  losesOperators:
    'release flatlan-operators has the operators and these values would remove them: ' +
    'add -f layers/operators.yaml, or drop --reset-values',
  noValues:
    'the network layer has no network.installation: ' +
    'add -f overlays/<cluster>/generated/values.yaml, which flatlan synth writes from your plan',
};

const carries = {
  network: "this release is the cluster's network",
  operators: "this release has the operators, without which the cluster's network is lost",
};
const uninstallRefused = (layer: typeof network | typeof operators) =>
  `denied request: ${carries[layer === network ? 'network' : 'operators']}, so nothing was removed: to repair the release, run helm rollback to its last ` +
  'revision in helm history; to remove it, run helm upgrade --reuse-values --set ' +
  'global.allowUninstall=true before helm uninstall';
const deletionRefused =
  `denied request: ${carries.network}, so the Installation is kept: to allow its removal, run helm upgrade --reuse-values --set ` +
  'global.allowUninstall=true on this release';

describeOnCluster(['helm3', 'helm4'], 'mistakes', () => {
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;
    let watch: Watch;
    /** `-f` of what the name says. */
    let operatorsLayer: string[];
    let networkLayer: string[];
    let plan: string[];

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      operatorsLayer = umbrella.layerFile(operators);
      networkLayer = umbrella.layerFile(network);
      plan = umbrella.valuesText(values);
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    async function template(...flags: string[]) {
      return await umbrella.cluster.helm(version, [
        'template',
        network.release,
        umbrella.chart,
        '--namespace',
        NAMESPACE,
        ...flags,
      ]);
    }

    describe('on a cluster without the kinds', () => {
      beforeAll(async () => {
        ok(await umbrella.install(operators, ...operatorsLayer));
        watch = await Watch.begin(() => allObjects(umbrella.cluster));
      });

      test.each(['install', '--dry-run=server'])('the network is refused (%s)', async (way) => {
        const flags = way === 'install' ? [] : [way];
        const said = refusal(await umbrella.install(network, ...networkLayer, ...plan, ...flags));
        expect(said).toMatch(
          /^the CRDs of the network are not installed yet \(installations\.operator\.tigera\.io, .*\): install flatlan-operators with/,
        );
        expect(await watch.since()).toEqual(nothing);
      });

      test('the guards say nothing where Helm asks no cluster', async () => {
        ok(await template(...networkLayer, ...plan));
        const dry = await umbrella.install(network, ...networkLayer, ...plan, '--dry-run=client');
        // Helm 3 looks its kinds up all the same and says so in its own words, one line an object.
        if (version === 3)
          expect(dry.stderr).toMatch(/^Error: INSTALLATION FAILED: unable to build kubernetes objects/);
        else ok(dry);
        expect(await watch.since()).toEqual(nothing);
      });

      test.each(['calico-system', 'calico-apiserver', 'tigera-operator', 'kube-system'])(
        'the namespace %s is refused, and not created',
        async (namespace) => {
          const place = ['--namespace', namespace, '--create-namespace'];
          expect(refusal(await umbrella.install(operators, ...operatorsLayer, ...place))).toBe(
            `namespace ${namespace} belongs to another component: install with --namespace flatlan-system`,
          );
          expect(await watch.since()).toEqual(nothing);
        },
      );

      test('a second copy of the operators in another namespace is refused', async () => {
        const second = await umbrella.install(operators, ...operatorsLayer, '--namespace', 'default');
        expect(refusal(second)).toBe(
          'this cluster has a Tigera operator from release flatlan-operators of namespace flatlan-system: two operators would write the ' +
            'same objects, so remove that operator and its network first, or start a new cluster ' +
            '(docs/existing-clusters.md)',
        );
        expect(await watch.since()).toEqual(nothing);
      });

      test('both layers in one release, or none, are refused, also without a cluster', async () => {
        const both = [...operatorsLayer, ...networkLayer, ...plan];
        for (const flags of [both, [...both, '--dry-run=client'], [...both, '--dry-run=server']])
          expect(refusal(await umbrella.install(network, ...flags))).toBe(sentences.twoLayers);
        expect(refusal(await template(...both))).toBe(sentences.twoLayers);
        expect(refusal(await umbrella.install(network))).toBe(sentences.noLayer);
        expect(refusal(await template())).toBe(sentences.noLayer);
        expect(await watch.since()).toEqual(nothing);
      });
    });

    describe('on a cluster with both layers', () => {
      beforeAll(async () => {
        await operatorHasRun(umbrella.cluster);
        ok(await umbrella.install(network, ...networkLayer, ...plan));
        await locked(network);
        await locked(operators);
        watch = await Watch.begin(() => allObjects(umbrella.cluster));
      });

      /** A policy works a moment after it was created: until then its own ConfigMap is let through. */
      async function locked({ release }: Layer): Promise<void> {
        await waitFor(`the lock of ${release}`, 15_000, async () => {
          const create = ['create', 'configmap', `${release}-uninstall`, '--namespace', NAMESPACE, '--dry-run=server'];
          return (await umbrella.cluster.kubectl(create)).code !== 0 || new NotYet('it does not refuse yet');
        });
      }

      test.each<[string, Layer, () => string[], string]>([
        ['the network loses its values', network, () => ['--reset-values'], sentences.losesNetwork],
        ['the network gets the values of the other layer', network, () => operatorsLayer, sentences.losesNetwork],
        ['the network gets its layer without the plan', network, () => networkLayer, sentences.noValues],
        [
          'the network gets both layers',
          network,
          () => [...operatorsLayer, ...networkLayer, ...plan],
          sentences.twoLayers,
        ],
        ['the operators lose their values', operators, () => ['--reset-values'], sentences.losesOperators],
        [
          'the operators get the values of the other layer',
          operators,
          () => [...networkLayer, ...plan],
          sentences.losesOperators,
        ],
      ])('an upgrade in which %s is refused', async (_, layer, flags, sentence) => {
        expect(refusal(await umbrella.upgrade(layer, ...flags()))).toBe(sentence);
        expect(refusal(await umbrella.upgrade(layer, ...flags(), '--dry-run=server'))).toBe(sentence);
        expect(await watch.since()).toEqual(nothing);
      });

      test('the guards say nothing where Helm asks no cluster, unless the values contradict themselves', async () => {
        // Helm's own words: the objects of these values belong to the other release.
        const taken = /^Error: UPGRADE FAILED: unable to continue with update: .* exists and cannot be imported into/i;
        expect((await umbrella.upgrade(network, ...operatorsLayer, '--dry-run=client')).stderr).toMatch(taken);
        expect((await umbrella.upgrade(operators, ...networkLayer, ...plan, '--dry-run=client')).stderr).toMatch(taken);
        expect(refusal(await umbrella.upgrade(network, '--reset-values', '--dry-run=client'))).toBe(sentences.noLayer);
        expect(await watch.since()).toEqual(nothing);
      });

      test.each([network, operators])(
        'an uninstall of the layer $name is refused, and can be repaired',
        async (layer) => {
          const { code, stdout, stderr } = await umbrella.onRelease('uninstall', layer);
          expect(stderr).toContain(uninstallRefused(layer));
          expect(stdout).toBe('');
          expect(code).toBe(1);
          const { written, ...rest } = await watch.since();
          expect(rest).toEqual({ created: [], removed: [] });
          // Helm's note that it has begun.
          expect(written).toEqual([
            expect.stringMatching(`^secrets ${NAMESPACE}/sh\\.helm\\.release\\.v1\\.${layer.release}\\.v\\d+$`),
          ]);

          // Helm upgrades no release in this state.
          expect((await umbrella.upgrade(layer)).stderr).toContain('has no deployed releases');
          const history = JSON.parse(ok(await umbrella.onRelease('history', layer, '--output=json')).stdout) as {
            revision: number;
            status: string;
          }[];
          expect(history.at(-1)?.status).toBe('uninstalling');
          ok(await umbrella.onRelease(`rollback`, layer, String(history.at(-1)?.revision)));
          ok(await umbrella.upgrade(layer, ...(layer === network ? [...networkLayer, ...plan] : operatorsLayer)));
          expect(await watch.since(withoutReleases)).toEqual(nothing);
        },
      );

      test.each(['default', '--all'])('kubectl delete installation %s is refused', async (which) => {
        const { code, stderr } = await umbrella.cluster.kubectl(['delete', 'installation', which]);
        expect(stderr).toContain(deletionRefused);
        expect(code).toBe(1);
        expect(await watch.since()).toEqual(nothing);
      });

      test('a lock stops nothing else', async () => {
        const create = async (metadata: object) =>
          ok(
            await umbrella.cluster.kubectl(
              ['create', '--filename=-', '--dry-run=server'],
              JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata }),
            ),
          );
        await create({ name: 'any', namespace: NAMESPACE });
        // Has no name when admission begins.
        await create({ generateName: 'any-', namespace: NAMESPACE });
        ok(await umbrella.cluster.kubectl(['annotate', 'installation', 'default', 'any=thing', '--dry-run=server']));
      });

      test.each([
        ['35', 1],
        ['36+', 0],
      ])('a cluster that calls itself Kubernetes 1.%s', async (minor, code) => {
        // The same API server, with another answer to /version: an older one cannot be had here.
        const proxy = await startVersionProxy(umbrella.cluster, '1', minor);
        try {
          const flags = ['--kubeconfig', proxy.kubeconfig, '--dry-run=server'];
          for (const layer of [operators, network]) {
            const upgraded = await umbrella.upgrade(layer, ...flags);
            if (code === 0) ok(upgraded);
            else
              expect(refusal(upgraded)).toBe(
                "this is Kubernetes 1.35, but Calico's native CRDs need 1.36: upgrade the cluster first",
              );
          }
        } finally {
          await proxy.stop();
        }
      });
    });
  });
});
