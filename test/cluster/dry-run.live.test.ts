/**
 * Every object of the layers passes the real API server's schemas and upstream's CEL rules, field by field. The chart
 * renders the same objects (test/helm/parity.live.test.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { layersIn, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { anyNetworkOf, planNetwork, planText } from '../plans/fixtures.ts';
import { bridgedPlans } from '../plans/random-bridged.ts';
import { randomOnLanPlans } from '../plans/random-on-lan.ts';
import { randomExistingPlans, randomPlans } from '../plans/random.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { dryRunOn, refusedBy, type DryRun } from './dry-run.ts';
import { ok } from './umbrella.ts';
import { attachmentCrd, describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(180_000);

/** The objects of every layer. */
function objectsOf(network: Network): KubernetesObject[] {
  const values = clusterValues(network);
  return layersIn(network).flatMap((layer) => layerObjects(layer, values)) as KubernetesObject[];
}

describeOnCluster([], "the API server's view of our objects", () => {
  let cluster: ControlPlane;
  let dryRun: DryRun;

  beforeAll(async () => {
    cluster = await startControlPlane();
    ok(await cluster.kubectl(['create', 'namespace', NAMESPACE]));
    await operatorHasRun(cluster);
    await attachmentCrd(cluster);
    dryRun = await dryRunOn(cluster);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  /** The namespaces that a plan brings: nothing can be tried in one that is not there. */
  async function withNamespaces(network: Network): Promise<Network> {
    const items = objectsOf(network).filter(({ kind }) => kind === 'Namespace');
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    if (items.length > 0) ok(await cluster.kubectl(['apply', '--filename=-'], list));
    return network;
  }

  const refused = async (network: Network) => await refusedBy(dryRun, objectsOf(network));

  test.each(['flat-bgp', 'same-subnet', 'multi-site', 'hybrid'])('accepts every object of %s', async (name) => {
    const network = await withNamespaces(planNetwork(name));
    const kinds = objectsOf(network).map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining([
        ...['Installation', 'BGPConfiguration', 'BGPPeer', 'BGPFilter', 'FelixConfiguration'],
        ...['KubeControllersConfiguration', 'IPAddressPool'],
        ...(name === 'same-subnet' ? ['IPReservation'] : ['ClusterRole', 'ClusterRoleBinding']),
        ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
      ]),
    );
    if (name === 'hybrid')
      expect(kinds).toEqual(
        expect.arrayContaining([
          ...['Namespace', 'CustomResourceDefinition', 'NetworkAttachmentDefinition', 'DaemonSet', 'ConfigMap'],
          ...['ServiceAccount', 'Role', 'RoleBinding', 'Deployment', 'Service', 'PersistentVolumeClaim'],
        ]),
      );
    expect(await refused(network)).toEqual([]);
  });

  test('accepts every object of dumb-l2, and of 20 random plans of mode bridged', async () => {
    for (const network of [anyNetworkOf(planText('dumb-l2')), ...bridgedPlans(20, 1).map((plan) => plan.network)]) {
      const kinds = objectsOf(network).map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['CustomResourceDefinition', 'ConfigMap', 'DaemonSet']));
      expect([network.cluster, await refused(await withNamespaces(network))]).toEqual([network.cluster, []]);
    }
  });

  test('accepts every object of 30 random plans, some of mode on-lan', async () => {
    const plans = [...randomPlans(20, 1), ...randomOnLanPlans(10, 1)];
    expect(plans).toHaveLength(30);
    for (const { text, network } of plans)
      expect({ text, refused: await refused(await withNamespaces(network)) }).toEqual({ text, refused: [] });
  });

  test('accepts every object of 10 random plans of mode existing', async () => {
    for (const { text, network } of randomExistingPlans(10, 1))
      expect({ text, refused: await refused(await withNamespaces(network)) }).toEqual({ text, refused: [] });
  });

  test('stores nothing', async () => {
    expect(await cluster.object('installation', 'default')).toBeUndefined();
    expect(await cluster.object('validatingadmissionpolicy', 'flatlan-network-lock')).toBeUndefined();
  });

  test.each([
    ['Installation', 'calicoNetwork', /\.spec\.calicoNetworks?: field not declared in schema/],
    ['BGPPeer', 'peerIP', /\.spec\.peerIPs: field not declared in schema/],
    ['IPAddressPool', 'avoidBuggyIPs', /\.spec\.avoidBuggyIPss: field not declared in schema/],
    ['DaemonSet', 'updateStrategy', /\.spec\.updateStrategys: field not declared in schema/],
    ['NetworkAttachmentDefinition', 'config', /\.spec\.configs: field not declared in schema/],
    // A built-in kind, whose fields a client with types of its own would drop in silence.
    ['ValidatingAdmissionPolicy', 'matchConstraints', /\.spec\.matchConstraintss: field not declared in schema/],
  ])('would refuse a misspelled field of %s', async (kind, field, message) => {
    const object = objectsOf(planNetwork('hybrid')).find((one) => one.kind === kind) as KubernetesObject & {
      spec: Record<string, unknown>;
    };
    expect(object.spec).toHaveProperty(field);
    const { [field]: value, ...spec } = object.spec;
    expect(await dryRun({ ...object, spec: { ...spec, [`${field}s`]: value } })).toEqual({
      accepted: false,
      message: expect.stringMatching(message),
    });
  });

  test("would refuse what breaks one of upstream's CEL rules", async () => {
    const peer = objectsOf(planNetwork('flat-bgp')).find(({ kind }) => kind === 'BGPPeer');
    if (!peer) throw new Error('flat-bgp has no BGPPeer');
    expect(await dryRun({ ...peer, spec: { ...(peer.spec as object), node: 'rancher' } })).toEqual({
      accepted: false,
      message: expect.stringContaining('node and nodeSelector cannot both be set'),
    });
  });
});
