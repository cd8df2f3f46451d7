/**
 * A running network is not rewritten by values that are of another cluster, nor its pool by values that have another one:
 * each is refused in one sentence, in every layer that it would reach, and nothing is written.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { apps, NAMESPACE, network, operators, type Layer } from '../../cdk8s/helm/layers.ts';
import type { NetworkValues } from '../../cdk8s/values/network.ts';
import { allObjects, nothing, Watch, withoutReleases } from './objects.ts';
import { ok, planClusterValues, planValues, refusal, type Umbrella } from './umbrella.ts';
import { describeOnCluster, startNetwork } from './upstream.ts';

jest.setTimeout(300_000);

const values = planValues('flat-bgp');
const theirs = planClusterValues('hybrid');
const installation = 'installations.operator.tigera.io default';

const otherCluster =
  'these values are for cluster hybrid, but this is cluster flat-bgp: use ' +
  'overlays/flat-bgp/generated/values.yaml, or another kube context; to rename the cluster to hybrid, set ' +
  'global.renameCluster=flat-bgp';
const otherPool = (running: string, given: string) =>
  `pods have addresses of the pool ${running}, but these values have the pool ${given}: Calico cannot change name, cidr ` +
  'or blockSize of a pool in use; keep them, or remove the network first (README.md of the chart, "Another pool")';
const POOL = 'pods of 192.168.4.0/24, blocks of /26';

type Pool = NonNullable<NetworkValues['installation']>['calicoNetwork']['ipPools'][number];

/** The values, with this changed in the pool. */
function withPool(change: Partial<Pool>): NetworkValues {
  const changed = structuredClone(values);
  const [pool] = changed.installation?.calicoNetwork.ipPools ?? [];
  if (!pool) throw new Error('flat-bgp has no pool');
  Object.assign(pool, change);
  return changed;
}

describeOnCluster(['helm3', 'helm4'], 'a running network', () => {
  // Each test is the next step.
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;
    let watch: Watch;

    beforeAll(async () => {
      umbrella = await startNetwork(version, values);
      watch = await Watch.begin(() => allObjects(umbrella.cluster));
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const since = () => watch.since(withoutReleases);
    const labels = () => watch.last.get(installation)?.metadata.labels as Record<string, string> | undefined;
    const kubectl = async (...args: string[]) => ok(await umbrella.cluster.kubectl(args));

    test("bears its cluster's name", () => {
      expect(labels()).toMatchObject({ 'flatlan/cluster': 'flat-bgp' });
    });

    test.each<Layer>([operators, network])('values of another cluster are refused: layer $name', async (layer) => {
      const flags = umbrella.flags(layer, theirs);
      expect(refusal(await umbrella.upgrade(layer, ...flags))).toBe(otherCluster);
      expect(refusal(await umbrella.upgrade(layer, ...flags, '--dry-run=server'))).toBe(otherCluster);
      const wrong = [...flags, '--set', 'global.renameCluster=multi-site'];
      expect(refusal(await umbrella.upgrade(layer, ...wrong))).toBe(otherCluster);
      expect(await watch.since()).toEqual(nothing);
    });

    test('so are its applications', async () => {
      expect(refusal(await umbrella.install(apps, ...umbrella.flags(apps, theirs)))).toBe(otherCluster);
      expect(await watch.since()).toEqual(nothing);
    });

    test.each<[Partial<Pool>, string]>([
      [{ cidr: '192.168.8.0/24' }, 'pods of 192.168.8.0/24, blocks of /26'],
      [{ cidr: '192.168.4.0/23' }, 'pods of 192.168.4.0/23, blocks of /26'],
      [{ blockSize: 27 }, 'pods of 192.168.4.0/24, blocks of /27'],
      [{ name: 'more-pods' }, 'more-pods of 192.168.4.0/24, blocks of /26'],
    ])('another pool is refused: %j', async (change, given) => {
      const flags = umbrella.flags(network, withPool(change));
      expect(refusal(await umbrella.upgrade(network, ...flags))).toBe(otherPool(POOL, given));
      expect(refusal(await umbrella.upgrade(network, ...flags, '--dry-run=server'))).toBe(otherPool(POOL, given));
      expect(await watch.since()).toEqual(nothing);
    });

    test('the pool may change otherwise', async () => {
      ok(await umbrella.upgrade(network, ...umbrella.flags(network, withPool({ disableNewAllocations: true }))));
      ok(await umbrella.upgrade(network, ...umbrella.flags(network, values)));
      expect(await since()).toEqual({ ...nothing, written: [installation] });
    });

    test('a pool that Calico kept while its Installation was changed is what counts: there is a way back', async () => {
      const spec = { cidr: '192.168.4.0/24', blockSize: 26, nodeSelector: 'all()' };
      const pool = { apiVersion: 'projectcalico.org/v3', kind: 'IPPool', metadata: { name: 'pods' }, spec };
      ok(await umbrella.cluster.kubectl(['create', '--filename=-'], JSON.stringify(pool)));
      const pools = withPool({ cidr: '192.168.8.0/24' }).installation?.calicoNetwork.ipPools;
      const patch = JSON.stringify({ spec: { calicoNetwork: { ipPools: pools } } });
      await kubectl('patch', 'installation', 'default', '--type=merge', `--patch=${patch}`);
      await since();
      const flags = umbrella.flags(network, withPool({ cidr: '192.168.9.0/24' }));
      expect(refusal(await umbrella.upgrade(network, ...flags))).toBe(
        otherPool(POOL, 'pods of 192.168.9.0/24, blocks of /26'),
      );
      expect(await since()).toEqual(nothing);
      const force = version === 4 ? ['--force-conflicts'] : [];
      ok(await umbrella.upgrade(network, ...umbrella.flags(network, values), ...force));
      await since();
      if (version === 4) expect(watch.last.get(installation)?.spec).toEqual(values.installation);
    });

    test('a network without a name, from before it had one, gets it in silence', async () => {
      await kubectl('label', 'installation', 'default', 'flatlan/cluster-');
      await since();
      expect(labels()).not.toHaveProperty(['flatlan/cluster']);
      ok(await umbrella.upgrade(operators, ...umbrella.flags(operators, values), '--dry-run=server'));
      ok(await umbrella.upgrade(network, ...umbrella.flags(network, { ...values, cluster: 'house' })));
      await since();
      // Helm 3 compares with what it wrote last, where a name is another one now.
      expect(labels()).toMatchObject({ 'flatlan/cluster': 'house' });
    });

    test('another name is taken on where the values say which one goes', async () => {
      const rename = ['--set', 'global.renameCluster=house'];
      for (const layer of [operators, network])
        ok(await umbrella.upgrade(layer, ...umbrella.flags(layer, values), ...rename));
      await since();
      expect(labels()).toMatchObject({ 'flatlan/cluster': 'flat-bgp' });
      // What was forgotten opens no door.
      for (const layer of [operators, network]) {
        const flags = [...umbrella.flags(layer, theirs), ...rename];
        expect(refusal(await umbrella.upgrade(layer, ...flags))).toBe(otherCluster);
      }
    });

    test('after its removal, its pool is still there and is said', async () => {
      ok(await umbrella.upgrade(network, '--reuse-values', '--set', 'global.allowUninstall=true'));
      ok(await umbrella.onRelease('uninstall', network));
      const changed = withPool({ cidr: '192.168.8.0/24' });
      expect(refusal(await umbrella.install(network, ...umbrella.flags(network, changed)))).toBe(
        otherPool(POOL, 'pods of 192.168.8.0/24, blocks of /26'),
      );
      await kubectl('delete', 'ippools.projectcalico.org', 'pods');
      ok(await umbrella.install(network, ...umbrella.flags(network, { ...changed, cluster: 'house' })));
      ok(await umbrella.cluster.kubectl(['get', 'role', 'flatlan-network-keep', `--namespace=${NAMESPACE}`]));
    });
  });
});
