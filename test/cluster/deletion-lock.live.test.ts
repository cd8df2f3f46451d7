/**
 * What the releases stand on is not deleted by mistake: their namespace, the kinds, the operator, Calico's namespace. Each
 * is refused in one sentence, by both layers that need it, and what deletes with good reason is let through.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { NAMESPACE, network, operators } from '../../cdk8s/helm/layers.ts';
import { NotYet, waitFor } from './http.ts';
import { allObjects, nothing, Watch } from './objects.ts';
import { ok, planValues, type Umbrella } from './umbrella.ts';
import { describeOnCluster, startNetwork } from './upstream.ts';

jest.setTimeout(300_000);

const carries = {
  network: "this release is the cluster's network",
  operators: "this release has the operators, without which the cluster's network is lost",
};
const says = (layer: keyof typeof carries, what: string) =>
  `ValidatingAdmissionPolicy 'flatlan-${layer}-keep' with binding 'flatlan-${layer}-keep' denied request: ${carries[layer]}, ` +
  `so ${what} is kept: to allow its removal, run helm upgrade --reuse-values --set global.allowUninstall=true on this release`;
const kind = 'this CRD, with all its objects,';
const collector = ['--as=system:serviceaccount:kube-system:generic-garbage-collector', '--as-group=system:masters'];
const namespaceController = [
  '--as=system:serviceaccount:kube-system:namespace-controller',
  '--as-group=system:masters',
];

describeOnCluster(['helm3', 'helm4'], 'what the releases stand on', () => {
  // Each test is the next step.
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    const values = planValues('flat-bgp');
    let umbrella: Umbrella;
    let watch: Watch;

    beforeAll(async () => {
      umbrella = await startNetwork(version, values);
      for (const name of ['calico-system', 'other']) ok(await umbrella.cluster.kubectl(['create', 'namespace', name]));
      const deployment = ['create', 'deployment', 'tigera-operator', '--namespace=other', '--image=none.invalid/none'];
      ok(await umbrella.cluster.kubectl(deployment));
      for (const dryRun of [
        ['namespace', 'calico-system'],
        ['crd', 'bgppeers.projectcalico.org'],
      ])
        await waitFor(`${dryRun.join(' ')} is locked`, 30_000, async () => {
          const { code } = await remove(...dryRun, '--dry-run=server');
          return code !== 0 || new NotYet('its deletion is let through');
        });
      watch = await Watch.begin(() => allObjects(umbrella.cluster));
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const remove = async (...args: string[]) => await umbrella.cluster.kubectl(['delete', ...args, '--wait=false']);
    const allowed = ['--reuse-values', '--set', 'global.allowUninstall=true'];

    test.each<[string[], string[]]>([
      [
        ['namespace', NAMESPACE],
        [says('operators', 'this namespace'), says('network', 'this namespace')],
      ],
      [['namespace', 'calico-system'], [says('network', 'this namespace')]],
      [['namespace', 'calico-system', ...namespaceController], [says('network', 'this namespace')]],
      [['crd', 'bgppeers.projectcalico.org'], [says('operators', kind)]],
      [['crd', 'ippools.projectcalico.org'], [says('operators', kind)]],
      [['crd', 'installations.operator.tigera.io'], [says('operators', kind)]],
      [['crd', 'ipaddresspools.metallb.io'], [says('operators', kind)]],
      [['crd', 'network-attachment-definitions.k8s.cni.cncf.io'], [says('operators', kind)]],
      [['deployment', 'tigera-operator', `--namespace=${NAMESPACE}`], [says('operators', 'this Deployment')]],
    ])('is not deleted: %j', async (args, sentences) => {
      const { code, stderr } = await remove(...args);
      expect(sentences.filter((sentence) => stderr.includes(sentence))).not.toEqual([]);
      expect(code).toBe(1);
      expect(await watch.since()).toEqual(nothing);
    });

    test('not with everything of its kind either', async () => {
      const query = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
      const { code, stderr } = await umbrella.cluster.kubectl(['delete', `--raw=${query}`]);
      expect(stderr).toContain(carries.operators);
      expect(code).toBe(1);
      const { removed } = await watch.since();
      expect(removed).not.toContain(`deployments.apps ${NAMESPACE}/tigera-operator`);
      ok(await umbrella.upgrade(operators, ...umbrella.flags(operators, values)));
      await watch.since();
    });

    test.each([
      [['namespace', 'other']],
      [['deployment', 'tigera-operator', '--namespace=other']],
      [['deployment', 'metallb-controller', `--namespace=${NAMESPACE}`]],
      [['crd', 'bgppeers.metallb.io']],
      // It falls with the Installation that owns it.
      [['namespace', 'calico-system', ...collector]],
    ])('what is none of it may go: %j', async (args) => {
      ok(await remove(...args, '--dry-run=server'));
    });

    test('an upgrade writes it as before', async () => {
      ok(await umbrella.upgrade(operators, ...umbrella.flags(operators, values)));
      ok(await umbrella.cluster.kubectl(['annotate', 'namespace', NAMESPACE, 'any=thing', '--dry-run=server']));
      ok(
        await umbrella.cluster.kubectl([
          'annotate',
          'crd',
          'bgppeers.projectcalico.org',
          'any=thing',
          '--dry-run=server',
        ]),
      );
    });

    test('the namespace stays as long as one of the two releases is there', async () => {
      ok(await umbrella.upgrade(operators, ...allowed));
      const { code, stderr } = await remove('namespace', NAMESPACE, '--dry-run=server');
      expect(stderr).toContain(says('network', 'this namespace'));
      expect(code).toBe(1);
      ok(await umbrella.upgrade(operators, '--reset-then-reuse-values', '--set', 'global.allowUninstall=false'));
    });

    test('an uninstall right after it was allowed goes through, and then the namespace may go', async () => {
      for (const layer of [network, operators]) {
        ok(await umbrella.upgrade(layer, ...allowed));
        ok(await umbrella.onRelease('uninstall', layer));
      }
      expect(await umbrella.cluster.object('deployment', 'tigera-operator', NAMESPACE)).toBeUndefined();
      await waitFor('the namespace may go', 15_000, async () => {
        const { code, stderr } = await remove('namespace', NAMESPACE, '--dry-run=server');
        return code === 0 || new NotYet(stderr);
      });
    });

    // The API server has seen the last policy with a parameter go. What it looks up for the next one has to be as it is now.
    test('installed again, it is kept again and let go again', async () => {
      ok(await umbrella.install(operators, ...umbrella.flags(operators, values)));
      const deployment = ['deployment', 'tigera-operator', `--namespace=${NAMESPACE}`, '--dry-run=server'];
      await waitFor('the operator is locked', 15_000, async () => {
        const { code, stderr } = await remove(...deployment);
        return (code !== 0 && stderr.includes(says('operators', 'this Deployment'))) || new NotYet('it is let through');
      });
      ok(await umbrella.upgrade(operators, ...allowed));
      ok(await umbrella.onRelease('uninstall', operators));
    });
  });
});
