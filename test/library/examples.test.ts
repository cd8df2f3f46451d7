/** The usage examples at the public entry files run as they are written. */
import { expect, test } from '@jest/globals';
import { App, Chart } from 'cdk8s';
import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import * as address from '../../cdk8s/address/index.ts';
import { clusterValues } from '../../cdk8s/helm/cluster-values.ts';
import * as constructs from '../../cdk8s/library/constructs.ts';
import * as plan from '../../cdk8s/library/plan.ts';
import { planText, planWith } from '../plans/fixtures.ts';

/** The lines after `@example`, to the end of the comment. */
function exampleOf(file: string): string {
  const [, comment] = /@example\n(.*?)\n \*\//s.exec(readFileSync(`cdk8s/${file}`, 'utf8')) ?? [];
  if (comment === undefined) throw new Error(`${file} has no @example`);
  return comment.replace(/^ \* ?/gm, '');
}

/** What an example prints, with these names in scope. */
function printed(file: string, names: object): unknown[][] {
  const lines: unknown[][] = [];
  const log = (...words: unknown[]) => void lines.push(words);
  runInNewContext(exampleOf(file), { ...names, console: { log, error: log } });
  return lines;
}

test('flatlan/address', () => {
  expect(printed('address/index.ts', address)).toEqual([[true, 156, '192.168.2.64/26']]);
});

test('flatlan/plan', () => {
  const text = planText('flat-bgp').replace('stateful: true', 'stateful: 1');
  expect(printed('library/plan.ts', { ...plan, text: planText('flat-bgp') }).at(-1)).toEqual(['192.168.4.0/24']);
  expect(printed('library/plan.ts', { ...plan, text }).map(([, code]) => code)).toContain('schema/type');
});

test('flatlan/constructs', () => {
  const app = new App();
  printed('library/constructs.ts', { ...plan, ...constructs, app, Chart, readFileSync: () => planText('flat-bgp') });
  const kinds = app.charts.flatMap((chart) => (chart.toJson() as { kind: string }[]).map(({ kind }) => kind));
  expect(kinds).toEqual(expect.arrayContaining(['CustomResourceDefinition', 'Installation', 'BGPPeer']));
});

test("upstream's charts are told what the plan decides, beside what is the same for every plan", () => {
  const network = planWith('hybrid', 'distribution: k3s', 'distribution: kubeadm');
  const values = constructs.upstreamValues(network);
  expect(values['tigera-operator']).toMatchObject({ installation: { enabled: false } });
  expect(values.metallb).toMatchObject({
    fullnameOverride: 'metallb',
    speaker: { enabled: false },
    ...clusterValues(network).metallb,
  });
  expect(values.metallb).toHaveProperty('controller.tolerations');
});
