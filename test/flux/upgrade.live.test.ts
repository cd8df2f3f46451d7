/**
 * From the chart that this repository had before to the one it has now, with another plan at the same time: what neither
 * changes is not touched. What they change is found by rendering both with Helm.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHART_FOLDER } from '../../cdk8s/paths.ts';
import { layers, NAMESPACE } from '../../cdk8s/helm/layers.ts';
import { changes, type Objects } from '../cluster/objects.ts';
import { ok } from '../cluster/umbrella.ts';
import { describeOnCluster } from '../cluster/upstream.ts';
import { helm } from '../helm/helm.ts';
import { isHook, manifestsIn, type Manifest } from '../helm/manifests.ts';
import { planNetwork, planWith } from '../plans/fixtures.ts';
import { fluxTools } from './controllers.ts';
import { bringUp, network, startFluxHouse, type FluxHouse } from './flux-house.ts';
import { previousChart } from './previous.ts';
import { waitUntilReady } from './reconcile.ts';

jest.setTimeout(300_000);

const CLUSTER = 'flat-bgp';
const values = `overlays/${CLUSTER}/generated/values.yaml`;

/** Kind and name; nothing here has one name in two namespaces. */
function identity({
  apiVersion,
  kind,
  metadata,
}: {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
}): string {
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : 'core';
  return `${group} ${kind} ${metadata.name}`;
}

describeOnCluster([...fluxTools, 'helm4'], "an upgrade from the previous commit's chart", () => {
  let all: FluxHouse;
  let before: Objects;
  let old: Map<string, Manifest>;

  beforeAll(async () => {
    all = await startFluxHouse(CLUSTER);
    const previous = await previousChart(CLUSTER);
    all.house.synth(planNetwork(CLUSTER));
    previous.into(all.house.path('.'));
    previous.remove();
    all.house.putStandIns();
    old = await rendered();
    await bringUp(all);
    before = await network(all.cluster);
  });

  afterAll(async () => {
    await all.stop();
  });

  /** The layers that the plan has. */
  const delivered = () => layers.filter(({ name }) => existsSync(all.house.path(`flux/layers/${CLUSTER}/${name}`)));

  /** What the chart in the repository makes of the values in it, both layers. */
  async function rendered(): Promise<Map<string, Manifest>> {
    const chart = all.house.path(CHART_FOLDER);
    const streams = await Promise.all(
      delivered().map(async ({ name, release }) => {
        const files = [join(chart, 'layers', `${name}.yaml`), all.house.path(values)].flatMap((file) => ['-f', file]);
        const { stdout } = ok(
          await helm('helm4', all.cluster.folder, ['template', release, chart, '--namespace', NAMESPACE, ...files]),
        );
        return stdout;
      }),
    );
    const objects = streams.flatMap(manifestsIn).filter((object) => !isHook(object));
    return new Map(objects.map((object) => [identity(object), object]));
  }

  test('writes what chart or plan change, and nothing else', async () => {
    all.house.synth(
      planWith(CLUSTER, 'loadBalancers: {subnet: 192.168.6.0/24}', 'loadBalancers: {subnet: 192.168.8.0/24}'),
    );
    const now = await rendered();
    const commit = await all.deliver('The new chart, and other addresses for load balancers');
    for (const { release } of delivered()) await waitUntilReady(all.cluster, 'helmrelease', release, commit);

    const after = await network(all.cluster);
    const { created, removed, written } = changes(before, after);
    const named = (keys: string[], objects: Objects) =>
      keys.map((key) => identity(objects.get(key) as unknown as Manifest));
    const differs = [...now].filter(([key, object]) => JSON.stringify(old.get(key)) !== JSON.stringify(object));
    const expected = differs.map(([key]) => key).filter((key) => old.has(key));

    expect(named(written, after).filter((key) => !expected.includes(key))).toEqual([]);
    expect(named(written, after)).toEqual(
      expect.arrayContaining(['metallb.io IPAddressPool load-balancers', 'projectcalico.org BGPConfiguration default']),
    );
    expect(named(created, after).sort()).toEqual([...now.keys()].filter((key) => !old.has(key)).sort());
    expect(named(removed, before).filter((key) => now.has(key))).toEqual([]);
    const kept = [...before.keys()].filter((key) => after.has(key));
    expect(kept.map((key) => after.get(key)?.metadata.uid)).toEqual(kept.map((key) => before.get(key)?.metadata.uid));
  });
});
