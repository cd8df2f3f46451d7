/**
 * Taking the network away, once that is allowed, and putting it back, by both Helms. The operator and the controllers of
 * Calico are played by the test: they make their configurations anew as soon as these are gone.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { NAMESPACE, network, operators } from '../../cdk8s/helm/layers.ts';
import { upstreamNames } from '../helm/upstream-objects.ts';
import { allObjects, lock, nothing, Watch, withoutReleases } from './objects.ts';
import { ok, planValues, type Umbrella } from './umbrella.ts';
import { describeOnCluster, startNetwork } from './upstream.ts';

jest.setTimeout(120_000);

const values = planValues('flat-bgp');

const carriesTheNetwork = ['bgpconfigurations.projectcalico.org default', 'installations.operator.tigera.io default'];
/** What Calico makes anew, and so stays. */
const calicosOwn = [
  'felixconfigurations.projectcalico.org default',
  'kubecontrollersconfigurations.projectcalico.org default',
];
const rest = [
  'bgpfilters.projectcalico.org edgerouter',
  'bgppeers.projectcalico.org edgerouter',
  'clusterrolebindings.rbac.authorization.k8s.io flatlan-bgp-password-reader',
  'clusterroles.rbac.authorization.k8s.io flatlan-bgp-password-reader',
  `ipaddresspools.metallb.io ${NAMESPACE}/load-balancers`,
];
const receivedValues = ['metallb', 'tigera-operator'].map((name) => `configmaps ${NAMESPACE}/${name}-received-values`);
const operatorsObjects = [
  ...['rolebindings', 'roles'].map(
    (kind) => `${kind}.rbac.authorization.k8s.io ${NAMESPACE}/flatlan-metallb-controller`,
  ),
  ...receivedValues,
  ...upstreamNames(NAMESPACE),
];

describeOnCluster(['helm3', 'helm4'], 'a network that goes', () => {
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

    /** Apart from Helm's notes of the releases. */
    const since = () => watch.since(withoutReleases);
    const specOf = (key: string) => watch.last.get(key)?.spec;
    const networkFlags = (given = values) => umbrella.flags(network, given);
    const allowed = ['--reuse-values', '--set', 'global.allowUninstall=true'];

    test('allowing it takes the lock away and nothing else', async () => {
      const { stdout } = ok(await umbrella.upgrade(network, ...allowed));
      expect(stdout).toContain('`helm uninstall flatlan-network` now removes this layer');
      expect(await since()).toEqual({ ...nothing, removed: lock('network'), written: carriesTheNetwork });
    });

    test('forbidding it again puts the lock back', async () => {
      ok(await umbrella.upgrade(network, ...networkFlags()));
      expect(await since()).toEqual({ ...nothing, created: lock('network'), written: carriesTheNetwork });
    });

    test("an uninstall right after it was allowed removes all but Calico's own", async () => {
      // Without a pause: the API server goes on denying by a policy for up to a second after that is gone.
      ok(await umbrella.upgrade(network, ...allowed));
      const { stdout, stderr } = ok(await umbrella.onRelease('uninstall', network));
      expect(`${stdout}${stderr}`).toContain('release "flatlan-network" uninstalled');
      expect(await since()).toEqual({
        ...nothing,
        removed: [...carriesTheNetwork, ...rest, ...lock('network')].sort(),
      });
      expect(calicosOwn.map(specOf)).toEqual([values.felixConfiguration, values.kubeControllersConfiguration]);
      expect(
        ok(await umbrella.cluster.helm(version, ['list', '--namespace', NAMESPACE, '--short'])).stdout.trim(),
      ).toBe('flatlan-operators');
    });

    test('an install adopts what stayed', async () => {
      const changed = structuredClone(values);
      if (!changed.felixConfiguration || !changed.kubeControllersConfiguration) throw new Error('no values to change');
      changed.felixConfiguration.logSeverityScreen = 'Warning';
      changed.kubeControllersConfiguration.logSeverityScreen = 'Warning';
      ok(await umbrella.install(network, ...networkFlags(changed)));
      expect(await since()).toEqual({
        created: [...carriesTheNetwork, ...rest, ...lock('network')].sort(),
        removed: [],
        // Helm 3 compares with what it would write instead of with what is there, and so leaves it as it is.
        written: version === 3 ? [] : calicosOwn,
      });
      const now = version === 3 ? values : changed;
      expect(calicosOwn.map(specOf)).toEqual([now.felixConfiguration, now.kubeControllersConfiguration]);
      expect(specOf('installations.operator.tigera.io default')).toEqual(values.installation);
      ok(await umbrella.upgrade(network, ...networkFlags()));
      await since();
      expect(calicosOwn.map(specOf)).toEqual([values.felixConfiguration, values.kubeControllersConfiguration]);
    });

    test('an uninstall past the lock leaves what carries the network', async () => {
      const { stdout } = ok(await umbrella.onRelease('uninstall', network, '--no-hooks'));
      for (const kind of ['Installation', 'BGPConfiguration', 'FelixConfiguration', 'KubeControllersConfiguration'])
        expect(stdout).toContain(`[${kind}] default`);
      expect(await since()).toEqual({ ...nothing, removed: [...rest, ...lock('network')].sort() });
      ok(await umbrella.install(network, ...networkFlags()));
      expect(await since()).toMatchObject({ created: [...rest, ...lock('network')].sort(), removed: [] });
      expect(specOf('installations.operator.tigera.io default')).toEqual(values.installation);
      expect(calicosOwn.map(specOf)).toEqual([values.felixConfiguration, values.kubeControllersConfiguration]);
    });

    test('the operators go after the network', async () => {
      ok(await umbrella.upgrade(network, ...allowed));
      ok(await umbrella.onRelease('uninstall', network));
      await since();
      const { stdout } = ok(await umbrella.upgrade(operators, ...allowed));
      expect(stdout).toContain('`helm uninstall flatlan-operators` now removes this layer');
      // The stand-ins write down whatever they are told.
      expect(await since()).toEqual({ ...nothing, removed: lock('operators'), written: receivedValues });
      ok(await umbrella.onRelease('uninstall', operators));
      expect(await since()).toEqual({ ...nothing, removed: [...operatorsObjects].sort() });
      expect(
        ok(await umbrella.cluster.helm(version, ['list', '--namespace', NAMESPACE, '--short'])).stdout.trim(),
      ).toBe('');
      // The kinds stay: whoever removes them removes all that is of them.
      expect(watch.last.has('customresourcedefinitions.apiextensions.k8s.io installations.operator.tigera.io')).toBe(
        true,
      );
    });

    test('both come back', async () => {
      await umbrella.installBoth(values);
      expect(await since()).toEqual({
        created: [...operatorsObjects, ...carriesTheNetwork, ...rest, ...lock('network'), ...lock('operators')].sort(),
        removed: [],
        written: [],
      });
    });
  });
});
