/**
 * Calico 3.33 as a version that a plan chooses: what is generated for it passes its kinds field by field and is whole, and
 * comes to no cluster whose operator has not brought them yet.
 */
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writtenSince } from '../../cdk8s/constructs/calico/since.ts';
import { layers, NAMESPACE, network as networkLayer, operators } from '../../cdk8s/helm/layers.ts';
import type { Network } from '../../cdk8s/plan/network/index.ts';
import { testedCharts } from '../../cdk8s/plan/versions.ts';
import { layerObjects } from '../../cdk8s/helm/layer-objects.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import { chartWithStandIns } from '../helm/stand-ins.ts';
import { planNetwork } from '../plans/fixtures.ts';
import { fieldManager, type KubernetesObject } from './clients.ts';
import { startControlPlane, type ControlPlane } from './control-plane.ts';
import { dryRunOn, refusedBy } from './dry-run.ts';
import { atTheEnd } from './endings.ts';
import { ok, refusal, startUmbrella } from './umbrella.ts';
import { attachmentCrd, describeOnCluster, nextOperatorHasRun, operatorHasRun } from './upstream.ts';

jest.setTimeout(120_000);

const on = (calico: string, plan: string): Network => {
  const network = planNetwork(plan);
  return { ...network, versions: { ...network.versions, calico } };
};
const objectsOf = (network: Network): KubernetesObject[] =>
  layers.flatMap((layer) => layerObjects(layer, clusterValues(network))) as KubernetesObject[];

describeOnCluster([], 'the kinds of 3.33, which its operator puts over those of 3.32', () => {
  const ending = atTheEnd();
  let cluster: ControlPlane;
  const applied = async (object: object) =>
    ok(
      await cluster.kubectl(
        ['apply', '--server-side', `--field-manager=${fieldManager}`, '--filename=-'],
        JSON.stringify(object),
      ),
    );

  beforeAll(async () => {
    cluster = await startControlPlane();
    ending(() => cluster.stop());
    ok(await cluster.kubectl(['create', 'namespace', NAMESPACE]));
    await operatorHasRun(cluster);
    await attachmentCrd(cluster);
  });

  const specOf = (calico: string, kind: string) =>
    objectsOf(on(calico, 'flat-bgp')).find((one) => one.kind === kind) ?? {};

  // A field that a kind's default adds belongs to nobody until somebody writes the object back.
  const keepsAsWritten = async (calico: string, kind: string) => {
    const object = specOf(calico, kind) as Partial<KubernetesObject>;
    await applied(object);
    expect(object.spec).toBeDefined();
    expect((await cluster.object(kind, 'default'))?.spec).toEqual(object.spec);
  };

  describe('before: those of 3.32', () => {
    test.each(['Installation', 'FelixConfiguration'])('add nothing of their own to %s', async (kind) => {
      await keepsAsWritten('v3.32.1', kind);
    });

    test('refuse what is generated for 3.33', async () => {
      const { accepted, message } = await (
        await dryRunOn(cluster)
      )(specOf('v3.33.0', 'Installation') as KubernetesObject);
      const { installation, cni } = writtenSince('v3.33.0');
      // The API server names one of them, now this, now that.
      const field = Object.keys({ ...installation, ...cni }).join('|');
      expect([accepted, message]).toEqual([
        false,
        expect.stringMatching(new RegExp(String.raw`\.(${field}): field not declared in schema`)),
      ]);
    });
  });

  describe('after', () => {
    beforeAll(async () => {
      await nextOperatorHasRun(cluster);
    });

    test.each(['flat-bgp', 'multi-site', 'hybrid'])('take every object of %s, field by field', async (plan) => {
      const objects = objectsOf(on('v3.33.0', plan));
      for (const object of objects.filter(({ kind }) => kind === 'Namespace')) await applied(object);
      expect(await refusedBy(await dryRunOn(cluster), objects)).toEqual([]);
    });

    test.each(['Installation', 'FelixConfiguration'])('add nothing of their own to %s', async (kind) => {
      await keepsAsWritten('v3.33.0', kind);
    });
  });
});

describeOnCluster(['helm3', 'helm4'], 'a plan that changes from 3.32 to 3.33', () => {
  const ending = atTheEnd();

  test.each([3, 4] as const)(
    'by Helm %i: waits for the operator of 3.33, and changes only what is new',
    async (version) => {
      const umbrella = await startUmbrella(version);
      const { cluster } = umbrella;
      ending(() => cluster.stop());
      const [now, later] = ['v3.32.1', 'v3.33.0'].map((calico) => clusterValues(on(calico, 'flat-bgp')));
      if (!now || !later) throw new Error('no values');
      await operatorHasRun(cluster);
      await umbrella.installBoth(now);
      const before = (await cluster.object('installation', 'default'))?.metadata;

      // The chart of the changed plan, as synth writes it.
      chartWithStandIns(cluster.folder, { ...testedCharts, calico: 'v3.33.0' });
      ok(await umbrella.upgrade(operators, ...umbrella.flags(operators, later)));
      const upgrade = async () => await umbrella.upgrade(networkLayer, ...umbrella.flags(networkLayer, later));
      expect(refusal(await upgrade())).toBe(
        'these values need a later Calico whose operator has not run yet (the CRD Installation has no cni.installMode): upgrade ' +
          'flatlan-operators with -f layers/operators.yaml and wait until its operator has run, about a minute',
      );
      await nextOperatorHasRun(cluster);
      ok(await upgrade());
      const installation = await cluster.object('installation', 'default');
      expect([installation?.metadata.uid, installation?.spec]).toEqual([before?.uid, later.network.installation]);
      expect((await cluster.object('felixconfiguration', 'default'))?.spec).toEqual(later.network.felixConfiguration);
    },
  );
});
