/** Values of a person's own: last in every release, and free to be missing. The plan's are not. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FLUX } from '../../cdk8s/flux/object.ts';
import { NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { valuesText } from '../../cdk8s/helm/cluster-values.ts';
import { generatedValues, ownValues } from '../../cdk8s/paths.ts';
import { nothing, Watch } from '../cluster/objects.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { networkOf, planNetwork, planText } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { bringUp, network, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { condition, waitForFlux, waitUntilReady, type FluxObjectInCluster } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const layers = ['flatlan-operators', 'flatlan-network'] as const;

describeOnCluster(fluxTools, 'own values', () => {
  let all: FluxHouse;
  let watch: Watch;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    all.house.synth(planNetwork(CLUSTER));
    await bringUp(all);
    watch = await Watch.begin(() => network(all.cluster));
  });

  afterAll(async () => {
    await all.stop();
  });

  async function arrives(message: string): Promise<void> {
    const commit = await all.deliver(message);
    for (const layer of layers) await waitUntilReady(all.cluster, 'helmrelease', layer, commit);
  }

  /**
   * What the releases say at this commit, which fails. The network's is undefined where the operators' failed first: it
   * depends on that one, and waits.
   */
  async function failures(message: string): Promise<[operators: string, network: string | undefined]> {
    const commit = await all.deliver(message);
    const failedAt = (object: FluxObjectInCluster): boolean => {
      const attempted = (object.status as { lastAttemptedRevision?: string }).lastAttemptedRevision;
      return Boolean(attempted?.includes(commit.slice(0, 12))) && condition(object, 'Released')?.status === 'False';
    };
    const operators = await waitForFlux(all.cluster, 'helmrelease', 'flatlan-operators', 'fails', failedAt);
    const network = await waitForFlux(
      all.cluster,
      'helmrelease',
      'flatlan-network',
      'fails or waits',
      (object) => failedAt(object) || condition(object, 'Ready')?.reason === 'DependencyNotReady',
    );
    const said = (object: FluxObjectInCluster) => condition(object, 'Released')?.message ?? '';
    return [said(operators), failedAt(network) ? said(network) : undefined];
  }

  test('win over those of the plan, in every release, and leave with their file', async () => {
    const felix = 'felixconfigurations.projectcalico.org default';
    const operator = `configmaps ${NAMESPACE}/tigera-operator-received-values`;
    all.house.write(
      ownValues(CLUSTER),
      'network: {felixConfiguration: {prometheusMetricsEnabled: true}}\ntigera-operator: {imagePrefix: casa-}\n',
    );
    await arrives('Values of my own');
    expect(await watch.since()).toEqual({ ...nothing, written: [operator, felix].sort() });
    expect(watch.last.get(felix)).toMatchObject({ spec: { prometheusMetricsEnabled: true } });
    all.house.remove(ownValues(CLUSTER));
    await arrives('None any more');
    expect((await watch.since()).written).toEqual([operator, felix].sort());
    expect(watch.last.get(felix)).not.toHaveProperty(['spec', 'prometheusMetricsEnabled']);
  });

  test.each<[string, string, () => void]>([
    [
      'missing',
      'its values are for no cluster',
      () => {
        all.house.remove(generatedValues(CLUSTER));
      },
    ],
    [
      'of another cluster',
      'its values are for casa',
      () => {
        const casa = networkOf(planText(CLUSTER).replace(`cluster: ${CLUSTER}`, 'cluster: casa'));
        all.house.write(generatedValues(CLUSTER), valuesText(casa));
      },
    ],
  ])("the plan's are %s: the releases say so and nothing is touched", async (how, says, breakIt) => {
    breakIt();
    const sentence = (layer: string) =>
      `release ${layer} is for cluster ${CLUSTER}, but ${says}: use overlays/${CLUSTER}/generated/values.yaml`;
    const [ofOperators, ofNetwork] = await failures(`The plan's values are ${how}`);
    expect(ofOperators).toContain(sentence('flatlan-operators'));
    if (ofNetwork !== undefined) expect(ofNetwork).toContain(sentence('flatlan-network'));
    expect(await watch.since()).toEqual(nothing);
    all.house.synth(planNetwork(CLUSTER));
    await arrives('As they were');
    expect(await watch.since()).toEqual(nothing);
  });

  test("a layer's file that is missing chooses no layer, and nothing is touched", async () => {
    for (const layer of ['operators', 'network']) all.house.remove(`charts/flatlan/layers/${layer}.yaml`);
    const [ofOperators, ofNetwork] = await failures('The layers are gone');
    expect(ofOperators).toContain('release flatlan-operators has the operators and these values would remove them');
    if (ofNetwork !== undefined)
      expect(ofNetwork).toContain("release flatlan-network is the cluster's network and these values would remove it");
    expect(await watch.since()).toEqual(nothing);
    all.house.synth(planNetwork(CLUSTER));
    await arrives('And there again');
    expect(await watch.since()).toEqual(nothing);
  });

  test("the chart's own file that is missing makes no chart, and nothing is touched", async () => {
    all.house.remove('charts/flatlan/values.yaml');
    await all.deliver("The chart's values are gone");
    for (const layer of layers) {
      const failed = await waitForFlux(all.cluster, 'helmchart', `${FLUX}-${layer}`, 'fails', (object) => {
        return condition(object, 'Ready')?.status === 'False';
      });
      expect(condition(failed, 'Ready')?.message).toContain('failed to locate values file: values.yaml');
    }
    expect(await watch.since()).toEqual(nothing);
  });
});
