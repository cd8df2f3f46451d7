/** The commands that people are told to type, wherever they stand. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { notes } from '../../cdk8s/helm/notes.ts';
import { chartReadme } from '../../cdk8s/helm/readme.ts';
import { planText } from '../plans/fixtures.ts';
import { sharedFolder } from '../cluster/shared.ts';
import { stepsOf } from './plans.ts';

const root = join(import.meta.dirname, '../..');
const texts: readonly (readonly [string, string])[] = [
  ...['flat-bgp', 'hybrid', 'multi-site'].map((plan) => [`STEPS.md of ${plan}`, stepsOf(planText(plan))] as const),
  ["the chart's README", chartReadme()],
  ['NOTES.txt', notes()],
  ['README.md', readFileSync(join(root, 'README.md'), 'utf8')],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => [`docs/${name}`, readFileSync(join(root, 'docs', name), 'utf8')] as const),
];

/** Names of more than one kind: kubectl takes one of them, and not always the one that is meant. */
const ambiguous = ['bgppeers', 'networkpolicies'];

describe.each(texts)('%s', (_, text) => {
  test('names kinds that others have too with their group', () => {
    const bare = new RegExp(
      `kubectl (get|describe|delete|edit|wait|patch) (${ambiguous.join('|')}|bgppeer)(?![.\\w])`,
      'g',
    );
    expect(text.match(bare)).toBeNull();
  });

  test('waits for what the operator makes to be there before it waits for its state', () => {
    const lines = text.split('\n');
    const waits = lines.flatMap((line, index) => {
      const [, object] = /kubectl wait (.*?) --for[ =]condition/.exec(line) ?? [];
      return object === undefined || object.startsWith('pod ') ? [] : [{ object, before: lines.slice(0, index) }];
    });
    for (const { object, before } of waits)
      expect(before.some((line) => line.includes(`kubectl wait ${object} --for=create`))).toBe(true);
  });
});

test('STEPS.md waits for kinds, pools, the namespace of the password and calico-node', () => {
  const steps = stepsOf(planText('flat-bgp'));
  for (const object of [
    'crd installations.operator.tigera.io',
    'tigerastatus ippools',
    'namespace calico-system',
    'daemonset/calico-node --namespace calico-system',
  ])
    expect(steps).toContain(`kubectl wait ${object} --for=create --timeout`);
  expect(steps).toContain('`kubectl get bgppeers.projectcalico.org`');
});

const shared = sharedFolder();
(shared === undefined ? test.skip : test)('the kinds that others have too are these', () => {
  const names = new Map<string, number>([['networkpolicies', 1]]);
  const crds = join(shared ?? '', 'upstream/crds');
  for (const folder of readdirSync(crds))
    for (const file of readdirSync(join(crds, folder))) {
      const [, plural = ''] = /_(.*)\.yaml$/.exec(file) ?? [];
      names.set(plural, (names.get(plural) ?? 0) + 1);
    }
  expect([...names].flatMap(([name, count]) => (count > 1 ? [name] : [])).sort()).toEqual(ambiguous);
});
