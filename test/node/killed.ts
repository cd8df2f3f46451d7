/**
 * No test: what sigkill.live.test.ts has jest run, and kills. Makes the cluster, with a pod on each node, tells its namespaces in
 * the file $TOLD and does nothing more.
 */
import { jest, test } from '@jest/globals';
import { renameSync, writeFileSync } from 'node:fs';
import { startHouse } from './house.ts';
import { images } from './images.ts';

jest.setTimeout(600_000);

test('is killed', async () => {
  const { control, lab, nodes } = await startHouse();
  await control.apply(
    nodes.map(({ spec }) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: spec.name, namespace: 'default' },
      spec: { nodeName: spec.name, containers: [{ name: 'stand-in', image: images.standIn }] },
    })),
  );
  await control.kubectl('wait pod --all --for=condition=Ready --timeout=90s', undefined, 100_000);
  const told = process.env.TOLD ?? '';
  writeFileSync(`${told}.partial`, JSON.stringify(lab.namespaces()));
  renameSync(`${told}.partial`, told);
  await new Promise(() => undefined);
});
