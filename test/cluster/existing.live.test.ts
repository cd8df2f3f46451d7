/**
 * Clusters that have a network, an operator or a MetalLB already, by both Helms: each is refused in one sentence before
 * anything is sent, and the way out that the sentence names leads out.
 */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { NAMESPACE, network, operators } from '../../cdk8s/helm/layers.ts';
import { allObjects, nothing, Watch } from './objects.ts';
import { ok, planValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { annotationsOf, describeOnCluster, metallbKinds, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

const values = planValues('flat-bgp');

function daemonSet(where: string): object {
  const [namespace, name] = where.split('/');
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name, namespace },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'none', image: 'plugin.invalid/none:none' }] } },
    },
  };
}

const otherNetwork = (title: string, where: string): string =>
  `this cluster has the network plugin ${title}, DaemonSet ${where}: two network plugins break each other, ` +
  'so start a new cluster without one, or remove it first (docs/existing-clusters.md)';
const otherCalico = (maker: string): string =>
  `this cluster has a Calico network, Installation default from ${maker}: ` +
  'remove it first, or start a new cluster (docs/existing-clusters.md)';
const otherOperator = (maker: string): string =>
  `this cluster has a Tigera operator from ${maker}: two operators would write the same objects, ` +
  'so remove that operator and its network first, or start a new cluster (docs/existing-clusters.md)';
const otherMetallb = (maker: string): string =>
  `this cluster has the CRDs of MetalLB from ${maker}: two MetalLBs would assign addresses at the same time, ` +
  'so remove that MetalLB with its CRDs first (docs/existing-clusters.md)';

describeOnCluster(['helm3', 'helm4'], 'an existing cluster', () => {
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    let umbrella: Umbrella;
    let watch: Watch;
    let flags: Readonly<Record<'operators' | 'network', string[]>>;

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      flags = { operators: umbrella.flags(operators, values), network: umbrella.flags(network, values) };
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const kubectl = async (...args: string[]) => ok(await umbrella.cluster.kubectl(args));
    const create = async (object: object) =>
      ok(await umbrella.cluster.kubectl(['create', '--filename=-'], JSON.stringify(object)));

    const attempt = async (layer: typeof operators | typeof network, ...more: string[]) =>
      await umbrella.install(layer, ...flags[layer.name], ...more);

    /** Install and server dry run say the sentence, and nothing is created. */
    async function refused(layer: typeof operators | typeof network, sentence: string): Promise<void> {
      watch = await Watch.begin(() => allObjects(umbrella.cluster));
      for (const more of [[], ['--dry-run=server']]) expect(refusal(await attempt(layer, ...more))).toBe(sentence);
      expect(await watch.since()).toEqual(nothing);
    }

    const passes = async (layer: typeof operators | typeof network) => ok(await attempt(layer, '--dry-run=server'));

    describe('before the operators', () => {
      test('of kubeadm, with kube-proxy alone, is a new one', async () => {
        await create(daemonSet('kube-system/kube-proxy'));
        await passes(operators);
      });

      describe('with another network plugin', () => {
        let made = '';
        afterEach(async () => {
          const [namespace = '', name = ''] = made.split('/');
          await kubectl('delete', 'daemonset', name, '--namespace', namespace);
          await passes(operators);
        });

        test.each([
          ['flannel', 'kube-system/kube-flannel-ds'],
          ['flannel', 'kube-system/kube-flannel'],
          ['Canal', 'kube-system/canal'],
          ['Canal', 'kube-system/rke2-canal'],
          ['Cilium', 'kube-system/cilium'],
          ['kube-router', 'kube-system/kube-router'],
          ['Calico by manifest', 'kube-system/calico-node'],
          ['Weave Net', 'kube-system/weave-net'],
        ])('%s as %s', async (title, where) => {
          made = where;
          await create(daemonSet(where));
          await refused(operators, otherNetwork(title, where));
        });

        test("k3s' ServiceLB", async () => {
          made = 'kube-system/svclb-traefik-c9d1b3a2';
          await create(daemonSet(made));
          await refused(
            operators,
            `Services of this cluster get addresses from ServiceLB of k3s, DaemonSet ${made}, and would get others from MetalLB: ` +
              'set `disable: [servicelb]` on the servers and restart them first',
          );
        });
      });

      test('flannel inside k3s, which only its nodes show', async () => {
        const annotations = { 'flannel.alpha.coreos.com/kube-subnet-manager': 'true' };
        await create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1', annotations } });
        const wayOut = ['annotate', 'nodes', '--all', 'flannel.alpha.coreos.com/kube-subnet-manager-'];
        await refused(
          operators,
          'this cluster has the network plugin flannel (annotation of node node1): start a new cluster with `flannel-backend: none` ' +
            `(docs/existing-clusters.md); if flannel is already removed, run kubectl ${wayOut.join(' ')}`,
        );
        await kubectl(...wayOut);
        await passes(operators);
      });

      test('a Tigera operator, by a manifest and by another release', async () => {
        await kubectl('create', 'clusterrole', 'tigera-operator', '--verb=get', '--resource=nodes');
        await refused(operators, otherOperator('a manifest'));
        await kubectl('annotate', 'clusterrole', 'tigera-operator', ...annotationsOf('rke2-calico', 'kube-system'));
        await refused(operators, otherOperator('release rke2-calico of namespace kube-system'));
        await kubectl('delete', 'clusterrole', 'tigera-operator');
        await passes(operators);
      });

      test('a MetalLB, by a manifest and by another release', async () => {
        await metallbKinds(umbrella.cluster);
        await refused(operators, otherMetallb('a manifest'));
        const kind = 'ipaddresspools.metallb.io';
        await kubectl('annotate', 'crd', kind, ...annotationsOf('metallb', 'metallb-system'));
        await refused(operators, otherMetallb('release metallb of namespace metallb-system'));
        const { stdout } = await kubectl('get', 'crd', '--output=name');
        await kubectl('delete', ...stdout.split('\n').filter((name) => name.endsWith('.metallb.io')), '--wait=false');
        await passes(operators);
      });
    });

    describe('with the kinds', () => {
      const installation = (labels = {}) => ({
        apiVersion: 'operator.tigera.io/v1',
        kind: 'Installation',
        metadata: { name: 'default', labels },
        spec: { variant: 'Calico' },
      });

      beforeAll(async () => {
        await operatorHasRun(umbrella.cluster);
      });

      test.each([operators, network])('an Installation by a manifest and by another release: $name', async (layer) => {
        await create(installation());
        await refused(layer, otherCalico('a manifest'));
        await kubectl('annotate', 'installation', 'default', ...annotationsOf('calico', 'tigera-operator'));
        await refused(layer, otherCalico('release calico of namespace tigera-operator'));
        await kubectl('delete', 'installation', 'default');
        await passes(layer);
      });

      test("the network of this chart's release by another name is said to be it", async () => {
        await create(installation({ 'app.kubernetes.io/part-of': 'flatlan' }));
        await kubectl('annotate', 'installation', 'default', ...annotationsOf('casa', NAMESPACE));
        await refused(
          network,
          `release casa of namespace ${NAMESPACE} is the cluster's network: upgrade that release, ` +
            'or remove it before you install release flatlan-network',
        );
        await passes(operators);
        await kubectl('delete', 'installation', 'default');
      });

      test('another network plugin', async () => {
        await create(daemonSet('kube-system/cilium'));
        await refused(network, otherNetwork('Cilium', 'kube-system/cilium'));
        await kubectl('delete', 'daemonset', 'cilium', '--namespace', 'kube-system');
        await passes(network);
      });

      test('what somebody adds later stops no upgrade of the network', async () => {
        for (const layer of [operators, network]) ok(await attempt(layer));
        await kubectl('create', 'namespace', 'calico-system');
        for (const where of ['calico-system/calico-node', 'kube-system/cilium', 'kube-system/svclb-traefik'])
          await create(daemonSet(where));
        for (const layer of [operators, network]) ok(await umbrella.upgrade(layer, '--dry-run=server'));
      });
    });
  });
});
