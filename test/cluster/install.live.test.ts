/**
 * The way of a fresh cluster, by both Helms: operators, network, upgrades. The operator and MetalLB's chart are played by
 * the test where it makes their kinds.
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { neededCrds } from '../../cdk8s/constructs/release/needed-crds.ts';
import { NAMESPACE, network, operators } from '../../cdk8s/helm/layers.ts';
import { receivedValues, receivedValuesOf } from '../helm/stand-ins.ts';
import { upstreamNames } from '../helm/upstream-objects.ts';
import { allObjects, lock, nothing, Watch, withoutReleases } from './objects.ts';
import { ok, planValues, refusal, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

const release = (layer: string, revision: number) =>
  `secrets ${NAMESPACE}/sh.helm.release.v1.flatlan-${layer}.v${revision}`;

const operatorsObjects = [
  ...['tigera-operator', 'metallb'].map((name) => `configmaps ${NAMESPACE}/${name}-received-values`),
  ...upstreamNames(NAMESPACE),
  'customresourcedefinitions.apiextensions.k8s.io network-attachment-definitions.k8s.cni.cncf.io',
  ...['rolebindings', 'roles'].map(
    (kind) => `${kind}.rbac.authorization.k8s.io ${NAMESPACE}/flatlan-metallb-controller`,
  ),
  ...lock('operators'),
];
const sites = ['home-a', 'home-b', 'vps'];
const networkObjects = [
  'bgpconfigurations.projectcalico.org default',
  ...sites.map((site) => `bgpfilters.projectcalico.org ${site}`),
  ...sites.map((site) => `bgppeers.projectcalico.org ${site}`),
  'clusterrolebindings.rbac.authorization.k8s.io flatlan-bgp-password-reader',
  'clusterroles.rbac.authorization.k8s.io flatlan-bgp-password-reader',
  'felixconfigurations.projectcalico.org default',
  'installations.operator.tigera.io default',
  ...sites.map((site) => `ipaddresspools.metallb.io ${NAMESPACE}/${site}`),
  'kubecontrollersconfigurations.projectcalico.org default',
  ...lock('network'),
];

describeOnCluster(['helm3', 'helm4'], 'a fresh cluster', () => {
  // Each test is the next step.
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    const values = planValues('multi-site');
    let umbrella: Umbrella;
    let watch: Watch;

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
    });

    afterAll(async () => {
      await umbrella.cluster.stop();
    });

    const operatorsFlags = () => umbrella.layerFile(operators);
    const networkFlags = (given = values) => umbrella.flags(network, given);

    test('operators install where there is no kind of theirs yet', async () => {
      watch = await Watch.begin(() => allObjects(umbrella.cluster));
      const { stdout } = ok(await umbrella.install(operators, ...operatorsFlags()));
      expect(await watch.since()).toEqual({
        ...nothing,
        created: [...operatorsObjects, release('operators', 1)].sort(),
      });
      expect(stdout).toContain('kubectl rollout status deployment/tigera-operator --namespace flatlan-system');
      expect(stdout).toContain('helm install flatlan-network <this chart> --namespace flatlan-system');
    });

    test("upstream's charts are told what flatlan needs", async () => {
      const received = async (name: 'tigera-operator' | 'metallb') => {
        const configMap = await umbrella.cluster.object('configmap', receivedValuesOf(name), NAMESPACE);
        return receivedValues(configMap ?? {});
      };
      expect(await received('tigera-operator')).toMatchObject({
        manageCRDs: true,
        installation: { enabled: false },
        tigeraOperator: { env: [{ name: 'CALICO_API_GROUP', value: 'projectcalico.org/v3' }] },
      });
      expect(await received('metallb')).toMatchObject({
        speaker: { enabled: false },
        frrk8s: { enabled: false },
        crds: { enabled: true, validationFailurePolicy: 'Ignore' },
      });
    });

    test('the network is refused before its kinds are there, and nothing is created', async () => {
      expect(refusal(await umbrella.install(network, ...networkFlags()))).toBe(
        `the CRDs of the network are not installed yet (${neededCrds.join(', ')}): install flatlan-operators ` +
          'with -f layers/operators.yaml and wait until the operator has run, about a minute',
      );
      expect(await watch.since()).toEqual(nothing);
    });

    test('once the operator has run the network installs', async () => {
      await operatorHasRun(umbrella.cluster);
      await watch.since();
      const { stdout } = ok(await umbrella.install(network, ...networkFlags()));
      expect(await watch.since()).toEqual({ ...nothing, created: [...networkObjects, release('network', 1)].sort() });
      expect(stdout).toContain('The network of multi-site is configured');
      expect(stdout).toContain('kubectl create secret generic flatlan-bgp-password --namespace calico-system');
      for (const [site, peer] of Object.entries(values.bgpPeers ?? {}))
        expect(stdout).toContain(`  ${site}: ${peer.peerIP}, AS ${peer.asNumber}\n`);
    });

    test('both releases stand side by side', async () => {
      const { stdout } = ok(
        await umbrella.cluster.helm(version, ['list', '--namespace', NAMESPACE, '--output', 'json']),
      );
      const releases = JSON.parse(stdout) as { name: string; status: string; revision: string }[];
      expect(releases.map(({ name, status, revision }) => `${name} ${status} ${revision}`)).toEqual([
        'flatlan-network deployed 1',
        'flatlan-operators deployed 1',
      ]);
    });

    test('the same again writes nothing at all', async () => {
      await watch.since();
      ok(await umbrella.upgrade(operators, ...operatorsFlags()));
      ok(await umbrella.upgrade(network, ...networkFlags()));
      ok(await umbrella.upgrade(network));
      expect(await watch.since(withoutReleases)).toEqual(nothing);
    });

    test('changed values write only what they change', async () => {
      const changed = structuredClone(values);
      const peer = changed.bgpPeers?.['home-b'];
      if (!peer || !changed.installation) throw new Error('multi-site has no peer home-b');
      peer.maxRestartTime = '20s';
      changed.installation.calicoNetwork.mtu = 1380;
      await watch.since();
      ok(await umbrella.upgrade(network, ...networkFlags(changed)));
      expect(await watch.since(withoutReleases)).toEqual({
        ...nothing,
        written: ['bgppeers.projectcalico.org home-b', 'installations.operator.tigera.io default'],
      });
      expect(watch.last.get('bgppeers.projectcalico.org home-b')).toMatchObject({ spec: peer });
      expect(watch.last.get('installations.operator.tigera.io default')).toMatchObject({
        spec: { calicoNetwork: { mtu: 1380 } },
      });
    });

    test('what the values no longer have is removed, and comes back with them', async () => {
      ok(await umbrella.upgrade(network, ...networkFlags()));
      const gone = [
        'bgpfilters.projectcalico.org vps',
        'bgppeers.projectcalico.org vps',
        `ipaddresspools.metallb.io ${NAMESPACE}/vps`,
      ];
      const fewer = structuredClone(values);
      for (const map of [fewer.bgpPeers, fewer.bgpFilters, fewer.ipAddressPools]) delete map?.vps;
      await watch.since();
      ok(await umbrella.upgrade(network, ...networkFlags(fewer)));
      expect(await watch.since(withoutReleases)).toEqual({ ...nothing, removed: gone });
      ok(await umbrella.upgrade(network, ...networkFlags()));
      expect(await watch.since(withoutReleases)).toEqual({ ...nothing, created: gone });
    });

    test('what a plan decides stands in the cluster as the values say', async () => {
      await watch.since();
      const spec = (key: string) => watch.last.get(key)?.spec;
      expect(spec('installations.operator.tigera.io default')).toEqual(values.installation);
      expect(spec('bgpconfigurations.projectcalico.org default')).toEqual(values.bgpConfiguration);
      expect(spec('felixconfigurations.projectcalico.org default')).toEqual(values.felixConfiguration);
      expect(spec('kubecontrollersconfigurations.projectcalico.org default')).toEqual(
        values.kubeControllersConfiguration,
      );
      for (const site of sites) {
        expect(spec(`bgppeers.projectcalico.org ${site}`)).toEqual(values.bgpPeers?.[site]);
        expect(spec(`bgpfilters.projectcalico.org ${site}`)).toEqual(values.bgpFilters?.[site]);
        expect(spec(`ipaddresspools.metallb.io ${NAMESPACE}/${site}`)).toEqual(values.ipAddressPools?.[site]);
      }
    });
  });
});
