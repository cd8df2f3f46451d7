/** What flatlan reports about versions: tested or not, and which one. */
import { expect, test } from '@jest/globals';
import { checkPlan } from '../../../cdk8s/plan/check.ts';
import { tested } from '../../../cdk8s/plan/versions.ts';
import { pinnedVersion } from '../../cluster/tools.ts';
import { changed, planText } from '../../plans/fixtures.ts';

const withCalico = (calico: string): string =>
  changed(planText('flat-bgp'), '\nnetworks:', `\nversions: {calico: ${calico}}\nnetworks:`);
const said = (text: string): string[] =>
  checkPlan(text, 'plan.yaml').findings.flatMap(({ code, severity, problem }) =>
    code.startsWith('versions/') ? [`${severity} ${code} ${problem}`] : [],
  );

test('Calico 3.33 is a choice, and the warning says what was tried of it', () => {
  expect(said(withCalico('v3.33.0'))).toEqual([
    'warning versions/untested Calico v3.33.0 is untested (its release branch of August 2026 with operator v1.44 was tested, not the release); this release is tested with v3.32.1',
  ]);
  expect(checkPlan(withCalico('v3.33.0'), 'plan.yaml').network?.versions.calico).toBe('v3.33.0');
});

test.each([
  ['v3.34.0', 'warning versions/untested Calico v3.34.0 is untested; this release is tested with v3.32.1'],
  [
    'v3.32.0',
    'error versions/broken Calico v3.32.0 does not work: server-side apply of BGPConfiguration fails (projectcalico/calico#12700)',
  ],
  [
    'v3.31.7',
    'error versions/broken Calico v3.31.7 does not work: it does not have the CRDs that this release writes, which exist since v3.32',
  ],
])('Calico %s', (calico, finding) => {
  expect(said(withCalico(calico))).toEqual([finding]);
});

test('Kubernetes is named by what was run', () => {
  const next = changed(planText('flat-bgp'), 'version: "1.36"', 'version: "1.37"');
  expect(said(next)).toEqual([
    'warning versions/untested Kubernetes 1.37 is untested; this release is tested with 1.36 (1.36.3)',
  ]);
  expect(pinnedVersion('kube-apiserver')).toBe(`v${tested.kubernetesRelease}`);
});
