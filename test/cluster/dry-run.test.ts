/**
 * Every object of the layers passes the real API server's schemas and upstream's CEL rules, field by field. The chart
 * renders the same objects (test/helm/parity.test.ts).
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { layers, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network.ts';
import { layerObjects } from '../../cdk8s/synth.ts';
import { networkValues } from '../../cdk8s/values/cluster.ts';
import { randomPlans } from '../plans/random.ts';
import type { KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { dryRunOn, type DryRun } from './dry-run.ts';
import { planNetwork, ok } from './umbrella.ts';
import { describeOnCluster, operatorHasRun } from './upstream.ts';

jest.setTimeout(180_000);

/** The objects of both layers. */
function objectsOf(network: Network): KubernetesObject[] {
  const values = networkValues(network);
  return layers.flatMap((layer) => layerObjects(layer, values)) as KubernetesObject[];
}

describeOnCluster([], "the API server's view of our objects", () => {
  let cluster: ControlPlane;
  let dryRun: DryRun;

  beforeAll(async () => {
    cluster = await startControlPlane();
    ok(await cluster.kubectl(['create', 'namespace', NAMESPACE]));
    await operatorHasRun(cluster);
    dryRun = await dryRunOn(cluster);
  });

  afterAll(async () => {
    await cluster.stop();
  });

  /** What was refused, by the object's name; empty when all is well. */
  async function refused(network: Network): Promise<string[]> {
    const verdicts = await Promise.all(
      objectsOf(network).map(async (object) => {
        const { accepted, message } = await dryRun(object);
        return accepted ? [] : [`${object.kind} ${object.metadata.name}: ${message}`];
      }),
    );
    return verdicts.flat();
  }

  test.each(['flat-bgp', 'multi-site'])('accepts every object of %s', async (name) => {
    const network = planNetwork(name);
    const kinds = objectsOf(network).map(({ kind }) => kind);
    expect(kinds).toEqual(
      expect.arrayContaining([
        ...['Installation', 'BGPConfiguration', 'BGPPeer', 'BGPFilter', 'FelixConfiguration'],
        ...['KubeControllersConfiguration', 'IPAddressPool', 'ClusterRole', 'ClusterRoleBinding'],
        ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
      ]),
    );
    expect(await refused(network)).toEqual([]);
  });

  test('accepts every object of 20 random plans', async () => {
    const plans = randomPlans(20, 1);
    expect(plans).toHaveLength(20);
    for (const { text, network } of plans)
      expect({ text, refused: await refused(network) }).toEqual({ text, refused: [] });
  });

  test('stores nothing', async () => {
    expect(await cluster.object('installation', 'default')).toBeUndefined();
    expect(await cluster.object('validatingadmissionpolicy', 'flatlan-network-lock')).toBeUndefined();
  });

  test.each([
    ['Installation', 'calicoNetwork', /\.spec\.calicoNetworks?: field not declared in schema/],
    ['BGPPeer', 'peerIP', /\.spec\.peerIPs: field not declared in schema/],
    ['IPAddressPool', 'avoidBuggyIPs', /\.spec\.avoidBuggyIPss: field not declared in schema/],
    // A built-in kind, whose fields a client with types of its own would drop in silence.
    ['ValidatingAdmissionPolicy', 'matchConstraints', /\.spec\.matchConstraintss: field not declared in schema/],
  ])('would refuse a misspelled field of %s', async (kind, field, message) => {
    const object = objectsOf(planNetwork('flat-bgp')).find((one) => one.kind === kind) as KubernetesObject & {
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
