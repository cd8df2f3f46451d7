/**
 * Who owns the fields of FelixConfiguration/default. calico-node writes the object at every start when it finds two fields
 * absent (v3.32.1, node/pkg/lifecycle/startup/startup.go, ensureDefaultConfig); the test plays that write.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { network, operators } from '../../cdk8s/helm/layers.ts';
import type { NetworkValues } from '../../cdk8s/values/network.ts';
import type { KubernetesObject } from './clients.ts';
import { atTheEnd } from './endings.ts';
import { http } from './http.ts';
import { ok, planValues, startUmbrella, type Umbrella } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

const CALICO_NODE = 'Go-http-client';
type Spec = Record<string, unknown>;

async function felix({ cluster }: Umbrella): Promise<KubernetesObject & { spec: Spec }> {
  const object = await cluster.object('felixconfiguration', 'default');
  if (!object) throw new Error('there is no FelixConfiguration');
  return object as KubernetesObject & { spec: Spec };
}

/** As calico-node: nothing where both fields are there, else the whole object with the defaults of its client. */
async function calicoNodeStarts(umbrella: Umbrella, always = false): Promise<void> {
  const { cluster } = umbrella;
  const object = await felix(umbrella);
  const { spec } = object;
  if (!always && spec.reportingInterval !== undefined && spec.logSeverityScreen !== undefined) return;
  const defaults = {
    reportingInterval: '0s',
    logSeverityScreen: 'Info',
    floatingIPs: 'Disabled',
    bpfConnectTimeLoadBalancing: 'TCP',
    bpfHostNetworkedNATWithoutCTLB: 'Enabled',
    bpfLogLevel: '',
  };
  const { status, body } = await http(
    `${cluster.server}/apis/projectcalico.org/v3/felixconfigurations/default?fieldManager=${CALICO_NODE}`,
    {
      method: 'PUT',
      headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
      ca: cluster.ca,
      body: JSON.stringify({ ...object, spec: { ...defaults, ...spec } }),
      timeout: 30_000,
    },
  );
  expect([status, status === 200 ? '' : body]).toEqual([200, '']);
}

async function owners(umbrella: Umbrella): Promise<string[]> {
  const flags = ['get', 'felixconfiguration', 'default', '--show-managed-fields', '--output=json'];
  const { stdout } = ok(await umbrella.cluster.kubectl(flags));
  const { metadata } = JSON.parse(stdout) as { metadata: { managedFields: { manager: string }[] } };
  return metadata.managedFields.map(({ manager }) => manager);
}

function withFelix(values: NetworkValues, change: Spec): NetworkValues {
  return { ...values, felixConfiguration: { ...values.felixConfiguration, ...change } as never };
}

const whole = planValues('flat-bgp');
const { healthPort, vxlanPort, vxlanVNI, nftablesMode, bpfEnabled } = whole.felixConfiguration ?? {};
/** What flatlan 0.1.0 wrote. */
const five = {
  ...whole,
  felixConfiguration: { healthPort, vxlanPort, vxlanVNI, nftablesMode, bpfEnabled },
} as NetworkValues;

describeOnCluster(['helm3', 'helm4'], 'FelixConfiguration', () => {
  describe.each([3, 4] as const)('by Helm %i', (version) => {
    const ending = atTheEnd();
    let umbrella: Umbrella;

    beforeAll(async () => {
      umbrella = await startUmbrella(version);
      const { cluster } = umbrella;
      ending(() => cluster.stop());
      await operatorHasRun(cluster);
      ok(await umbrella.install(operators, ...umbrella.layerFile(operators)));
    });

    const flags = (values: NetworkValues) => umbrella.flags(network, values);
    const upgrade = async (values: NetworkValues, ...more: string[]) =>
      await umbrella.upgrade(network, ...flags(values), ...more);

    test('that is whole stays as it is when calico-node starts, and a field of it changes without a conflict', async () => {
      ok(await umbrella.install(network, ...flags(whole)));
      const { generation } = (await felix(umbrella)).metadata;
      await calicoNodeStarts(umbrella);
      // Even if it wrote: what it would say stands there already.
      await calicoNodeStarts(umbrella, true);
      expect((await felix(umbrella)).metadata.generation).toBe(generation);
      expect(await owners(umbrella)).not.toContain(CALICO_NODE);
      ok(await upgrade(withFelix(whole, { logSeverityScreen: 'Warning', bpfLogLevel: 'Info' })));
      expect((await felix(umbrella)).spec).toMatchObject({ logSeverityScreen: 'Warning', bpfLogLevel: 'Info' });
    });

    test('of before is taken over; the first change of such a field is to be forced once by Helm 4 (docs/upgrading.md)', async () => {
      ok(await umbrella.cluster.kubectl(['delete', 'felixconfiguration', 'default']));
      ok(await upgrade(five));
      expect((await felix(umbrella)).spec).toEqual(five.felixConfiguration);
      await calicoNodeStarts(umbrella);
      expect((await felix(umbrella)).metadata.generation).toBe(2);
      expect(await owners(umbrella)).toContain(CALICO_NODE);
      ok(await upgrade(whole));
      const louder = withFelix(whole, { logSeverityScreen: 'Debug' });
      const { code, stderr } = await upgrade(louder);
      if (version === 4) {
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/conflict with "Go-http-client".*\.spec\.logSeverityScreen/s),
        ]);
        ok(await upgrade(louder, '--force-conflicts'));
      } else expect([code, stderr]).toEqual([0, '']);
      expect((await felix(umbrella)).spec).toMatchObject({ logSeverityScreen: 'Debug' });
      // Once: the field is the release's from now on.
      ok(await upgrade(withFelix(whole, { logSeverityScreen: 'Info' })));
      expect((await felix(umbrella)).spec).toEqual(whole.felixConfiguration);
    });
  });
});
