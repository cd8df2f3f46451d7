/** A pull request with a plan: no text in any place of a plan becomes a command, a template, a path or a line of its own. */
import { expect, test } from '@jest/globals';
import { parseDocument, visit } from 'yaml';
import { checkPlan } from '../../cdk8s/plan/check.ts';
import { planText } from '../plans/fixtures.ts';

const payloads = [
  '$(id)',
  '`id`',
  "'; id; '",
  '"; id; "',
  '{{ .Values }}',
  '{{`{{`}}',
  '../../.git/hooks/post-checkout',
  '/etc/cron.d/x',
  'a\nb: c',
  'a\n---\nkind: Pod',
  'a # b',
  '*a',
  "x' || true || '",
  'x") || true || ("',
  '[x](javascript:id)',
  '<script>',
  '\u202eab',
  '\u0000',
];

/** Where each scalar of a plan stands in its text, names of maps too. */
function scalars(text: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  visit(parseDocument(text), {
    Scalar(_, { range }) {
      if (range) found.push([range[0], range[1]]);
    },
  });
  return found;
}

// Plans of which files are made; the others' modes are refused as they are.
test.each(['flat-bgp', 'hybrid', 'multi-site'])('%s', (name) => {
  const text = planText(name);
  const places = scalars(text);
  expect(places.length).toBeGreaterThan(40);
  const taken: string[] = [];
  for (const [start, end] of places)
    for (const payload of payloads) {
      const attack = text.slice(0, start) + JSON.stringify(payload) + text.slice(end);
      const { network, findings } = checkPlan(attack, 'plan.yaml');
      const refused = network === undefined && findings.some(({ severity }) => severity === 'error');
      if (!refused) taken.push(`${text.slice(start, end)} -> ${payload}`);
    }
  expect(taken).toEqual([]);
});
